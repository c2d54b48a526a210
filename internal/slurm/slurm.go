// Package slurm takes workers to the nodes of a Slurm cluster: the command that starts one there (srun), the queue in which
// it may wait, the nodes that fail, and what may be left behind.
//
// Within an allocation (salloc, sbatch) each worker is a step of it; elsewhere each is a job of its own. What srun's exit code
// does not tell, such as that of 0 for a node that died, the worker's own protocol does.
package slurm

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// pollEvery is how often the queue is looked at, while somebody wants to know.
const pollEvery = time.Second

// exitError is what srun exits with where it fails itself, so that it is not taken for a worker's word.
const exitError = 222

// Engine is the cluster, as one run sees it.
type Engine struct {
	run  string   // its name
	job  string   // the allocation that we are in; empty: none
	args []string // for srun, from the user

	mu       sync.Mutex
	launched int                  // the last worker: their numbers rise
	failed   map[string]time.Time // nodes, and when each did last
	asked    bool                 // since the queue was last looked at, whether somebody is in it
	waiting  func(worker int) bool

	record *record
	stop   func()
}

// New returns the engine of a run, with more arguments for srun, in an allocation; empty: in none. Nothing is started.
func New(run, allocation string, args []string) *Engine {
	return &Engine{run: run, job: allocation, args: args, failed: map[string]time.Time{}}
}

// prefix is how the names of all jobs and steps of a run begin, and of no other.
func prefix(run string) string { return "muster-" + run + "-" }

// keepLast has a worker run under a shell that exits: of a task that a signal ends, Slurm loses the last output.
var keepLast = []string{"/bin/sh", "-c", `"$0" "$@"; exit $?`}

// Command is the srun that runs what is appended to it as worker id, with its standard streams.
func (e *Engine) Command(id, place int) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.launched = id
	argv := []string{
		"srun", fmt.Sprintf("--job-name=%s%d-%d", prefix(e.run), place, id), "--nodes=1", "--ntasks=1", "--mpi=none",
		"--quiet",          // errors still come
		"--disable-status", // a signal goes to the worker
		"--exact",          // a step takes no more of its allocation than it asks for
		"--chdir=/",        // our directory may not be there

		"--input=all", "--output=all", "--error=all", // whatever the environment says
	}
	if !slices.ContainsFunc(e.args, asksForCPUs) { // srun warns of the first of two that are not the same
		argv = append(argv, "--cpus-per-task=1")
	}
	return slices.Concat(argv, without(e.args, e.leftOut()), keepLast)
}

// asksForCPUs reports whether an argument for srun says how many CPUs a worker is to have.
func asksForCPUs(arg string) bool {
	return strings.HasPrefix(arg, "-c") || strings.HasPrefix(arg, "--cpus-per-task")
}

// Environ is what srun is to have of an environment. What it takes for options of its own is left out: all are in its
// arguments.
func (e *Engine) Environ(environ []string) []string {
	env := slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		ours := strings.HasPrefix(name, "SLURM_") || strings.HasPrefix(name, "SRUN_")
		return ours && name != "SLURM_CONF" && (name != "SLURM_JOB_ID" || e.job == "")
	})
	return append(env, fmt.Sprintf("SLURM_EXIT_ERROR=%d", exitError))
}

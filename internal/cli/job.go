package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"muster/internal/sshconf"
	"muster/internal/strategy"
	"muster/internal/wire"
)

// handshakes is how many of a run may be under way with one server at once, as long as it is not known to bear more: an sshd
// turns some away from the tenth on (MaxStartups).
const handshakes = 8

// complete fills in what workers are told of this run.
func (g *gathering) complete(id string, plan strategy.Plan, hosts int, ready sshconf.Ready, arguments []string) {
	job := &g.job
	job.Run, job.Task, job.Fanout = id, g.task, plan.Fanout
	job.ConnectTimeoutMS = max(g.time.connect.Milliseconds(), ready.ConnectTimeoutMS())
	job.TimeoutMS = g.time.command.Milliseconds()
	job.Retries, job.RetryBudget = g.time.retries, max(50, hosts/10)
	job.Identities, job.Logins = ready.Identities, ready.Logins
	workers := max(plan.MaxProcs, 1)
	if g.ssh.transport == opensshTransport {
		job.Program, job.ProgramArgs, job.Logs = "ssh", arguments, filesOf(id)+"*.log"
	}
	job.Handshakes, job.Rate = max(1, handshakes/workers), g.ssh.rate/float64(workers)
	job.MaxOutput = int(g.keep.most)
	if g.grouped() {
		job.HostsFile = filesOf(id) + "*.hosts"
	}
}

// checkJob refuses a command that no worker can be told, before anything is contacted. Keys take room in the same message.
func checkJob(job wire.Job) error {
	for _, word := range slices.Concat(job.Args, []string{job.Command}) {
		if !utf8.ValidString(word) {
			return usagef("the command is not UTF-8: %.40q", word)
		}
	}
	_, err := wire.EncodeDown(wire.Down{Job: &job})
	if err == nil {
		return nil
	}
	if job.Command, job.Args = "", nil; len(job.Logins) > 1 {
		if _, still := wire.EncodeDown(wire.Down{Job: &job}); still != nil {
			return usagef("%d keys and %d logins of ssh_config do not fit a message to a worker: %w", len(job.Identities), len(job.Logins), still)
		}
	}
	return usagef("the command does not fit a message to a worker: %w", err)
}

// filesOf is how the names of files begin that a run's workers make in the directory for temporary ones.
func filesOf(id string) string { return "muster-" + id + "-" }

// removeFiles removes what workers that were killed could not.
func removeFiles(id string) {
	prefix := filesOf(id)
	files, _ := os.ReadDir(os.TempDir())
	for _, file := range files {
		if strings.HasPrefix(file.Name(), prefix) {
			os.Remove(filepath.Join(os.TempDir(), file.Name()))
		}
	}
}

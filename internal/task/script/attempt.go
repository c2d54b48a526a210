package script

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/worker"
)

// grace is how long a script that is to end may take after SIGTERM. A worker has 300 ms in all before it is urged itself.
const grace = 150 * time.Millisecond

// attempt is one run of a group's script.
type attempt struct {
	*group
	number  int
	out     *output
	records *records // nil: stdout is output
	emit    worker.Emit

	mu  sync.Mutex
	why fleet.Status // we ended it; empty: it ended by itself
}

func newAttempt(g *group, number int, last bool, emit worker.Emit) *attempt {
	a := &attempt{group: g, number: number, out: &output{limit: g.job.MaxOutput, emit: emit}, emit: emit}
	if g.job.Parse {
		a.records = newRecords(g.hosts, a.out, last)
	}
	return a
}

// run starts the script, reads all it writes and returns how it ended. When ctx ends, or the script's time is up, its
// whole tree is ended.
func (a *attempt) run(ctx context.Context) fleet.Group {
	began := time.Now()
	ended := fleet.Group{ExitCode: -1}
	timeout := time.Duration(a.job.TimeoutMS) * time.Millisecond
	script, err := a.start(ctx, timeout)
	if err != nil {
		a.refused(&ended, err)
		if ctx.Err() != nil {
			ended.Status, ended.Error, ended.ExitCode = fleet.StatusCanceled, "stopped", -1
		}
		return ended
	}
	if timeout > 0 {
		timer := time.AfterFunc(timeout, func() { a.end(script, fleet.StatusTimeout) })
		defer timer.Stop()
	}
	defer context.AfterFunc(ctx, func() { a.end(script, fleet.StatusCanceled) })()
	peak := watchMemory(script)
	a.read(script)
	exit := script.Wait()
	ended.Usage = fleet.Usage{
		UserSeconds: exit.User.Seconds(), SystemSeconds: exit.System.Seconds(), MaxRSSBytes: peak(),
		VoluntarySwitches: exit.VoluntarySwitches, InvoluntarySwitches: exit.InvoluntarySwitches,
	}
	ended.DurationMS = float64(time.Since(began).Microseconds()) / 1000
	a.judge(&ended, exit, timeout)
	return ended
}

// read hands on what the script writes to stdout, until its end.
func (a *attempt) read(script *child.Child) {
	var to io.Writer = a.out.stream(false)
	if a.records != nil {
		to = a.records
		a.records.over = func() { a.end(script, fleet.StatusOutput) }
	}
	io.Copy(to, script)
	if a.records != nil {
		a.records.close()
	}
}

// end ends the script and all of its group: asked first, unless it has written too much.
func (a *attempt) end(script *child.Child, why fleet.Status) {
	a.mu.Lock()
	first := a.why == ""
	if first {
		a.why = why
	}
	a.mu.Unlock()
	switch {
	case why == fleet.StatusOutput:
		script.Kill()
	case first:
		script.Terminate()
		time.AfterFunc(grace, func() { script.Kill() })
	}
}

// judge says how the attempt ended.
func (a *attempt) judge(ended *fleet.Group, exit child.Exit, timeout time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ended.ExitCode, ended.Signal = exit.Code, strings.TrimPrefix(exit.Signal, "SIG")
	ended.StdoutTruncatedBytes, ended.StderrTruncatedBytes = a.out.truncated()
	ended.Status, ended.Phase = fleet.StatusExit, fleet.PhaseExec
	switch {
	case a.why == fleet.StatusTimeout:
		ended.Status, ended.Error = a.why, fmt.Sprintf("not done within %v", timeout)
	case a.why == fleet.StatusOutput:
		ended.Status, ended.Phase, ended.Error = a.why, fleet.PhaseOutput, a.records.tooMuch()
	case a.why != "":
		ended.Status, ended.Error = a.why, "stopped"
	case exit.Err != nil:
		ended.Status, ended.Error = fleet.StatusLocal, exit.Err.Error()
	case exit.Signal != "":
		ended.Error = a.out.reason("ended by signal " + ended.Signal)
	case exit.Code != 0:
		ended.Error = a.out.reason(fmt.Sprintf("exit status %d", exit.Code))
	default:
		ended.Status, ended.Phase = fleet.StatusOK, ""
	}
}

// report answers for the hosts that have records, and for the group.
func (a *attempt) report(ended fleet.Group) {
	if a.records != nil {
		a.records.report()
		ended.Ignored, ended.Doubt = a.records.ignored, a.records.doubt
		if ended.Status == fleet.StatusOK {
			ended.Unsaid = len(a.records.nums)
		}
	}
	a.emit(ended)
}

// start starts the script with the hosts file as its stdin, as soon as this machine has a process to spare, which counts
// as the script's time.
func (a *attempt) start(ctx context.Context, timeout time.Duration) (*child.Child, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	hosts, err := os.Open(a.file)
	if err != nil {
		return nil, err
	}
	defer hosts.Close()
	spec := child.Spec{
		Path: a.job.Args[0], Args: a.args(), Env: a.env(a.number), Session: true, AsParent: true, Stdin: hosts, Stderr: a.out.stream(true),
	}
	script, err := child.StartInTime(ctx, spec)
	if child.WhyRefused(err) == child.NoInterpreter { // what a shell does with it, and execvp(3)
		spec.Path, spec.Args = "/bin/sh", append([]string{found(spec.Path)}, spec.Args...)
		script, err = child.StartInTime(ctx, spec)
	}
	return script, err
}

// found is where a program is: a shell looks for scripts in its directory first.
func found(program string) string {
	path, err := child.LookPath(program)
	if err != nil {
		return program
	}
	return path
}

// Exit codes of a script that could not be started, as shells have them.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// refused says why the script could not be started.
func (a *attempt) refused(ended *fleet.Group, err error) {
	ended.Status, ended.Phase, ended.Error = fleet.StatusExit, fleet.PhaseExec, err.Error()
	switch child.WhyRefused(err) {
	case child.NotFound:
		ended.ExitCode = exitNotFound
	case child.TooLong:
		ended.ExitCode = exitNotExecutable
		ended.Error = fmt.Sprintf("%d hosts as arguments are more than the system takes: more chunks, or read them from stdin", a.hosts.Count)
	case child.Scarce:
		ended.Status = fleet.StatusLocal
	default:
		ended.ExitCode = exitNotExecutable
	}
}

// Package script is the task of `muster run`: start a user's program once for all hosts of the group, which it finds on
// its standard input.
//
//	hosts ─► hosts file ─┬─► stdin  ┌────────┐ stdout ─► output, or records ─► outcomes
//	                     └─► args ─►│ script │ stderr ─► output
//	                        environ └────────┘ end    ─► group
package script

import (
	"context"
	"errors"
	"os"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/worker"
)

// Name is the task's name in a job.
const Name = "script"

// The pause before the second attempt, which doubles from one to the next, and its bound. The parent gives a script that
// has a time limit five seconds more than that from one start to the next.
const (
	retryPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// Open makes the task.
func Open(job wire.Job, _ worker.Ask) (worker.Task, error) {
	if len(job.Args) == 0 {
		return nil, errors.New("no script")
	}
	if err := child.Adopt(); err != nil { // so that nothing that a script starts gets away
		return nil, err
	}
	return &task{job}, nil
}

type task struct{ job wire.Job }

// Do runs the script once the whole group is known, again where it fails and that is asked for.
func (t *task) Do(ctx context.Context, feed worker.Feed, emit worker.Emit) error {
	hosts, whole := await(ctx, feed.Group)
	if !whole {
		emit(fleet.Group{Status: fleet.StatusSkipped, ExitCode: -1})
		return nil
	}
	g := &group{job: t.job, hosts: hosts}
	defer g.remove()
	emit(fleet.Start{Attempt: t.job.Attempt}) // before the file, which may take long to write
	if err := g.write(); err != nil {
		emit(fleet.Group{Status: fleet.StatusLocal, Phase: fleet.PhaseExec, Error: err.Error(), ExitCode: -1})
		return nil
	}
	last := 1 + t.job.Retries
	for attempt, pause := t.job.Attempt, retryPause; ; attempt, pause = attempt+1, min(2*pause, longestPause) {
		if attempt > t.job.Attempt {
			emit(fleet.Start{Attempt: attempt})
		}
		a := newAttempt(g, attempt, attempt >= last, emit)
		ended := a.run(ctx)
		if attempt >= last || !again(ended.Status) || !sleep(ctx, pause) {
			a.report(ended)
			return nil
		}
	}
}

// await waits for the whole group, and reports whether it came, not the end of ctx.
func await(ctx context.Context, group <-chan worker.Labels) (worker.Labels, bool) {
	select {
	case hosts := <-group:
		return hosts, ctx.Err() == nil
	case <-ctx.Done():
		return worker.Labels{}, false
	}
}

// again reports whether a script that ended so may do better the next time.
func again(s fleet.Status) bool {
	return s == fleet.StatusExit || s == fleet.StatusTimeout || s == fleet.StatusLocal
}

// sleep waits, and reports false if ctx is done before that.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// environ is what a script inherits: what this worker did, but for what was put there for the worker itself.
func environ() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !ours(variable) {
			env = append(env, variable)
		}
	}
	return env
}

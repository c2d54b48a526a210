package remote

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
)

// RunLocal runs a command on this machine with sh, without a connection, and returns no later than timeout (0: none)
// and a moment, or as soon as ctx is done. Nothing of the command is left behind but what sudo runs as root, if its time
// is up and we are not root.
func RunLocal(ctx context.Context, cmd Command, timeout time.Duration) Result {
	r := Result{StartedAt: time.Now(), Attempts: 1}
	cmd.begin()
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		bounded, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	f := runLocal(bounded, cmd, &r)
	switch {
	case f == nil || bounded.Err() == nil:
	case ctx.Err() != nil:
		f.status, f.text = fleet.StatusCanceled, "stopped"
	case f.status != fleet.StatusLocal:
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", timeout)
	}
	f.record(&r)
	r.Duration = time.Since(r.StartedAt)
	return r
}

func runLocal(ctx context.Context, cmd Command, r *Result) *failure {
	var began atomic.Bool
	alive, kill := context.WithCancel(ctx)
	defer kill()
	s := newStreams(cmd, func() { began.Store(true) }, kill)
	c, err := startShell(ctx, s)
	if err != nil {
		return &failure{status: fleet.StatusLocal, phase: fleet.PhaseExec, text: clip(err.Error())}
	}
	defer context.AfterFunc(ctx, func() { s.outlet.shut.Store(true) })()
	defer context.AfterFunc(alive, func() { c.Kill() })()
	exit := s.serve(c)
	s.record(r)
	r.ExitCode, r.Signal = exit.Code, strings.TrimPrefix(exit.Signal, "SIG")
	switch {
	case s.stdout.over, s.stderr.over:
		return tooMuch(cmd)
	case ctx.Err() != nil && began.Load():
		return &failure{phase: fleet.PhaseOutput}
	case ctx.Err() != nil:
		return &failure{phase: fleet.PhaseExec}
	}
	end := ending{said: true, code: exit.Code, signal: r.Signal}
	return end.failure(s.stderr.data)
}

// startShell starts the command, as soon as this machine has a process to spare.
func startShell(ctx context.Context, s *streams) (*child.Child, error) {
	line := s.line
	if s.sudo != nil {
		line += "; exit $?" // or the shell would become sudo, which we could not kill, and wait for in vain
	}
	if err := child.Adopt(); err != nil { // so that what it starts ends with it, or else with this process
		return nil, err
	}
	spec := child.Spec{Path: "sh", Args: []string{"-c", line}, Stderr: s.errors(), Session: true, AsParent: true}
	return child.StartInTime(ctx, spec)
}

package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
)

// RunLocal runs a command on this machine with sh, without a connection, and returns no later than timeout (0: none)
// and a moment, or as soon as ctx is done. Nothing of the command is left behind but what made a session of its own. Of
// its stderr, child.StderrKeep bytes are kept.
func RunLocal(ctx context.Context, cmd Command, timeout time.Duration) Result {
	r := Result{StartedAt: time.Now(), Attempts: 1}
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
	c, err := startShell(ctx, cmd.Line)
	if err != nil {
		return &failure{status: fleet.StatusLocal, phase: fleet.PhaseExec, text: clip(err.Error())}
	}
	stop := context.AfterFunc(ctx, func() { c.Kill() })
	defer stop()
	c.CloseWrite()

	var stdout stream
	phase := fleet.PhaseExec
	stdout.fill(c, cmd.MaxOutput, func() { phase = fleet.PhaseOutput }, func() { c.Kill() })
	io.Copy(io.Discard, c)
	exit := c.Wait()
	r.Stdout, r.Received = stdout.data, stdout.last
	r.Stderr = []byte(exit.StderrHead)
	r.ExitCode, r.Signal = exit.Code, strings.TrimPrefix(exit.Signal, "SIG")
	switch {
	case stdout.over:
		return tooMuch(cmd)
	case ctx.Err() != nil:
		return &failure{phase: phase}
	}
	end := ending{said: true, code: exit.Code, signal: r.Signal}
	return end.failure(r.Stderr)
}

// startShell starts the command, and waits as long as ctx allows where this machine has no process to spare.
func startShell(ctx context.Context, line string) (*child.Child, error) {
	for hold := shortestHold; ; hold = min(2*hold, longestHold) {
		c, err := child.Start(child.Spec{Path: "sh", Args: []string{"-c", line}})
		number, _ := errors.AsType[syscall.Errno](err)
		if err == nil || !(exhausted(number) || number == syscall.EAGAIN) || !sleep(ctx, hold) {
			return c, err
		}
	}
}

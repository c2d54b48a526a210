package remote

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
)

// proxy is a command whose standard streams are the connection to a host: ProxyCommand in ssh_config(5).
type proxy struct {
	net.Conn
	child *child.Child
}

// startProxy starts the host's command with the user's shell, as ssh does, in a session of its own. What it leaves behind
// ends with it.
func (v *visit) startProxy(ctx, bounded context.Context) (net.Conn, *failure) {
	v.progress.Store(&progress{phase: fleet.PhaseConnect})
	err := child.Adopt()
	var c *child.Child
	if err == nil {
		shell := cmp.Or(os.Getenv("SHELL"), "/bin/sh")
		c, err = child.StartInTime(bounded, child.Spec{Path: shell, Args: []string{"-c", "exec " + v.host.Way().Proxy}, Session: true, AsParent: true})
	}
	switch {
	case err == nil:
		return &proxy{bridge(pipes{c}, func() { c.Kill() }), c}, nil
	case ctx.Err() != nil:
		return nil, v.overdue(ctx)
	}
	return nil, &failure{status: fleet.StatusLocal, phase: fleet.PhaseConnect, text: clip("proxy command: " + err.Error())}
}

// pipes are the standard streams of a command. Their end is held back until the command has ended, for a while: its exit
// status says why.
type pipes struct{ *child.Child }

func (p pipes) Read(b []byte) (int, error) {
	n, err := p.Child.Read(b)
	if err != nil {
		within(p.Ended(), grace)
	}
	return n, err
}

// killed is how long we wait for a command to end that was killed: one that sleeps in the kernel may take for ever.
const killed = 2 * time.Second

// Close ends the command.
func (p *proxy) Close() error {
	err := p.Conn.Close()
	within(p.child.Ended(), killed)
	return err
}

// within waits until done is closed, no longer than limit.
func within(done <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// turnedAway is how ssh says that the server it was to go through has hung up on it at once.
const turnedAway = "kex_exchange_identification"

// explain adds to the failure of a connection that was closed, or came to nothing, what the command says. One that has failed
// by itself is started again only where that is known to help.
func (p *proxy) explain(f *failure) {
	if !within(p.child.Ended(), killed) {
		return
	}
	exit := p.child.Wait()
	inBanner := f.phase == fleet.PhaseBanner
	switch {
	case f.status == fleet.StatusClosed && exit.Code > 0:
		f.text = fmt.Sprintf("proxy command: exit status %d", exit.Code)
		if inBanner {
			f.status, f.phase, f.again = fleet.StatusUnreachable, fleet.PhaseConnect, strings.Contains(exit.StderrHead, turnedAway)
		}
	case f.status == fleet.StatusClosed, f.status == fleet.StatusTimeout && inBanner:
	default:
		return
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(exit.StderrHead), "\n"); line != "" {
		f.text += ": " + line
	}
	f.text = clip(f.text)
}

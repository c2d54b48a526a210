package remote

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

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
	fail := func(err error) *failure {
		if ctx.Err() != nil {
			return stopped()
		}
		return &failure{status: fleet.StatusLocal, phase: fleet.PhaseConnect, text: clip("proxy command: " + err.Error())}
	}
	if err := child.Adopt(); err != nil {
		return nil, fail(err)
	}
	shell := cmp.Or(os.Getenv("SHELL"), "/bin/sh")
	c, err := child.StartInTime(bounded, child.Spec{Path: shell, Args: []string{"-c", "exec " + v.host.Proxy}, Session: true, AsParent: true})
	if err != nil {
		return nil, fail(err)
	}
	return &proxy{bridge(c, func() { c.Kill() }), c}, nil
}

// Close ends the command.
func (p *proxy) Close() error {
	err := p.Conn.Close()
	p.child.Kill()
	<-p.child.Ended()
	return err
}

// explain says of a connection that was closed how the command ended, where that is why. It is not started again then.
func (p *proxy) explain(f *failure) {
	p.child.Kill()
	exit := p.child.Wait()
	if exit.Code <= 0 {
		return
	}
	f.status, f.phase, f.again = fleet.StatusUnreachable, fleet.PhaseConnect, false
	f.text = fmt.Sprintf("proxy command: exit status %d", exit.Code)
	if line, _, _ := strings.Cut(strings.TrimSpace(exit.StderrHead), "\n"); line != "" {
		f.text += ": " + line
	}
	f.text = clip(f.text)
}

package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// probeAfter is how long a jump host may take to connect to a host before it is asked whether it is there itself, and
// probeTimeout how long it may take to answer that before it is given up.
const (
	probeAfter   = 250 * time.Millisecond
	probeTimeout = 10 * time.Second
)

// tunnel has the jump host connect to the host: RFC 4254, section 7.2.
func (c *client) tunnel(ctx, bounded context.Context, v *visit) (net.Conn, *failure) {
	type opened struct {
		channel  ssh.Channel
		requests <-chan *ssh.Request
		err      error
	}
	began := time.Now()
	open := make(chan opened, 1)
	go func() {
		channel, requests, err := c.OpenChannel("direct-tcpip", ssh.Marshal(struct {
			Host       string
			Port       uint32
			Originator string
			From       uint32
		}{v.host.DialName(), uint32(v.host.Port), "127.0.0.1", 0}))
		open <- opened{channel, requests, err}
	}()
	defer time.AfterFunc(probeAfter, c.probe).Stop()
	select {
	case o := <-open:
		if o.err != nil {
			return nil, v.notTunnelled(o.err)
		}
		v.result.RTT = time.Since(began)
		go ssh.DiscardRequests(o.requests)
		return bridge(o.channel, func() { o.channel.Close() }), nil
	case <-bounded.Done():
	}
	go func() { // one that is opened after all is of no use any more
		if o := <-open; o.err == nil {
			go ssh.DiscardRequests(o.requests)
			o.channel.Close()
		}
	}()
	f := v.notInTime()
	if ctx.Err() != nil {
		f = stopped()
		f.phase = fleet.PhaseConnect
	}
	if !c.wire.heardSince(began) {
		f.phase, f.hop = fleet.PhaseSession, v.host.Via.Label
	}
	return nil, f
}

// notTunnelled is the failure of a host that the jump host does not connect us to. Why is only told in words: these are
// OpenSSH's and the system's.
func (v *visit) notTunnelled(err error) *failure {
	refusal, ok := errors.AsType[*ssh.OpenChannelError](err)
	if !ok {
		return &failure{status: fleet.StatusClosed, phase: fleet.PhaseConnect, hop: v.host.Via.Label, text: "connection closed by the jump host", again: true}
	}
	f := &failure{status: fleet.StatusUnreachable, phase: fleet.PhaseConnect, text: clip(fmt.Sprintf("jump host %s: %s", v.host.Via.Label, refusal.Message))}
	said := strings.ToLower(refusal.Message)
	switch {
	case refusal.Reason == ssh.Prohibited:
		f.hop = v.host.Via.Label
	case strings.Contains(said, "refused"):
		f.status = fleet.StatusRefused
	case strings.Contains(said, "not known"), strings.Contains(said, "name resolution"), strings.Contains(said, "no address"), strings.Contains(said, "resolve"):
		f.status, f.phase = fleet.StatusResolve, fleet.PhaseResolve
	case strings.Contains(said, "timed out"):
		f.status = fleet.StatusTimeout
	}
	return f
}

// probe asks the other side whether it is there, and hangs up if it does not answer.
func (c *client) probe() {
	if !c.probing.CompareAndSwap(false, true) {
		return
	}
	defer c.probing.Store(false)
	defer time.AfterFunc(probeTimeout, func() { c.wire.Close() }).Stop()
	c.SendRequest("keepalive@openssh.com", true, nil)
}

// lost reports whether the connection has ended.
func (c *client) lost() bool { return c.wire.ended() }

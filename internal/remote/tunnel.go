package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// probeAfter is how long a jump host may take to connect to a host before it is asked whether it is there itself, and
// probeLimit how long it may take to answer that at most.
const (
	probeAfter = 250 * time.Millisecond
	probeLimit = 10 * time.Second
)

// opened is a channel, or why there is none.
type opened struct {
	channel  ssh.Channel
	requests <-chan *ssh.Request
	err      error
}

// tunnel has the jump host connect to the host, for one who has entered: RFC 4254, section 7.2.
func (l *link) tunnel(ctx, bounded context.Context, v *visit) (net.Conn, *failure) {
	began := time.Now()
	open, gone := make(chan opened), make(chan struct{})
	go func() { // the library may wait in it for ever where the link ends just then (x/crypto v0.58)
		channel, requests, err := l.OpenChannel("direct-tcpip", ssh.Marshal(struct {
			Host       string
			Port       uint32
			Originator string
			From       uint32
		}{v.host.DialName(), uint32(v.host.Port), "127.0.0.1", 0}))
		o := opened{channel, requests, err}
		select {
		case open <- o:
		case <-gone:
			o.giveBack()
			l.hanging.Add(-1)
		}
	}()
	defer time.AfterFunc(probeAfter, func() { l.probe(v.patience()) }).Stop()
	var f *failure
	select {
	case o := <-open:
		if o.err != nil {
			l.leave()
			return nil, l.refusal(o.err)
		}
		v.result.RTT = time.Since(began)
		return l.carry(o), nil
	case <-l.ended:
		f = l.breakdown(io.EOF)
	case <-bounded.Done():
		f = v.overdue(ctx)
		if hop := l.silent(); hop != "" && v.stuck == nil {
			f.phase, f.hop = fleet.PhaseSession, hop
		}
	}
	l.abandon()
	close(gone)
	return nil, f
}

// giveBack closes a channel that nobody waits for any more.
func (o opened) giveBack() {
	if o.err != nil {
		return
	}
	o.channel.Close()
	go io.Copy(io.Discard, o.channel)
	o.drain()
}

// carry makes a connection of a channel.
func (l *link) carry(o opened) net.Conn {
	go func() {
		defer l.hanging.Add(-1)
		o.drain()
	}()
	return bridge(o.channel, func() {
		l.abandon()
		go o.channel.Close()
	})
}

// abandon leaves with a channel that is not closed by the other side yet.
func (l *link) abandon() {
	l.hanging.Add(1)
	l.leave()
}

// drain throws away what comes beside the data, until the other side has closed the channel.
func (o opened) drain() {
	go io.Copy(io.Discard, o.channel.Stderr())
	ssh.DiscardRequests(o.requests)
}

// patience is how long a jump host may be silent that this visit waits for: half its time, so that another connection has the
// other half.
func (v *visit) patience() time.Duration {
	if v.login.timeout == 0 {
		return probeLimit
	}
	return min(v.login.timeout/2, probeLimit)
}

// breakdown is the failure of a host whose link broke: lost, given up, or one that makes no sense.
func (l *link) breakdown(err error) *failure {
	lost := l.lost()
	switch {
	case lost == nil:
		return &failure{status: fleet.StatusProtocol, phase: fleet.PhaseConnect, hop: l.label, text: clip(plain(err))}
	case lost.mute.Load():
		return &failure{status: fleet.StatusTimeout, phase: fleet.PhaseSession, hop: lost.label, again: true}
	}
	return &failure{status: fleet.StatusClosed, phase: fleet.PhaseConnect, hop: lost.label, text: "connection closed by the jump host", again: true}
}

// refusal is the failure of a host that the jump host does not connect us to. Why is only told in words: these are
// OpenSSH's and the system's.
func (l *link) refusal(err error) *failure {
	refusal, ok := errors.AsType[*ssh.OpenChannelError](err)
	if !ok {
		return l.breakdown(err)
	}
	f := &failure{status: fleet.StatusUnreachable, phase: fleet.PhaseConnect, text: clip(fmt.Sprintf("%s says: %s", l.label, refusal.Message))}
	said := strings.ToLower(refusal.Message)
	says := func(words string) bool { return strings.Contains(said, words) }
	switch {
	case refusal.Reason != ssh.ConnectionFailed:
		f.hop = l.label
	case says("refused"):
		f.status = fleet.StatusRefused
	case says("not known"), says("name resolution"), says("no address"), says("no such host"), says("resolv"):
		f.status, f.phase = fleet.StatusResolve, fleet.PhaseResolve
	case says("timed out"):
		f.status = fleet.StatusTimeout
	case says("reset"): // after it stood, if only for a moment
		f.status, f.phase, f.again = fleet.StatusClosed, fleet.PhaseBanner, true
	}
	return f
}

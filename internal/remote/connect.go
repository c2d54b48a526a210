package remote

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// client is an authenticated connection.
type client struct {
	ssh.Conn
	wire    *watched
	login   *login
	rtt     time.Duration             // what it took to connect
	unwatch func() bool               // ends the watch over the context
	over    chan struct{}             // closed once nothing that comes is taken any more
	asked   atomic.Pointer[time.Time] // when it was asked what it has yet to answer; nil: never

	// Of one that was kept.
	through    *link  // the jump host's; nil: none
	stopAsking func() // ends the keep-alives; nil: it was never kept
}

// connect reaches the server and authenticates.
func (v *visit) connect(ctx context.Context) (c *client, f *failure, redial bool) {
	bounded, cancel := v.bounded(ctx)
	defer cancel()

	if what := v.login.unspoken(); what != "" { // the library would take its own choice for none
		return nil, &failure{status: fleet.StatusProtocol, phase: fleet.PhaseKex, text: what}, false
	}
	conn, f := v.reach(ctx, bounded)
	if f != nil {
		return nil, f, false
	}
	wire := watch(conn)
	v.progress.Store(&progress{wire: wire})
	wire.until(v.deadline, v.login.timeout)
	unwatch := context.AfterFunc(ctx, func() { wire.Close() })
	keys := v.hostKeys(bounded, wire)
	client, err := v.handshake(bounded, wire, keys)
	if err != nil {
		unwatch()
		f := wire.failure(ctx, err)
		v.trial.explain(f)
		v.blame(f, wire)
		if wire.reached() == fleet.PhaseAuth { // before that, who reads hands nothing over
			wire.released(wire.unread)
		}
		return nil, f, keys.redial && f.status == fleet.StatusHostKey
	}
	client.unwatch, client.rtt = unwatch, v.result.RTT
	return client, nil, false
}

// reach connects to the server in the way that its host says.
func (v *visit) reach(ctx, bounded context.Context) (net.Conn, *failure) {
	v.through = nil
	switch {
	case v.host.Way().Proxy != "":
		return v.startProxy(ctx, bounded)
	case v.host.Via() != nil:
		return v.ssh.jump(v.host.Via()).reach(ctx, bounded, v)
	}
	return v.dial(ctx, bounded)
}

// blame says with whom it ended, where it was not with the server itself: the jump host that is lost, or the command.
func (v *visit) blame(f *failure, wire *watched) {
	if proxy, ok := wire.Conn.(*proxy); ok {
		proxy.explain(f)
	}
	if f.status == fleet.StatusClosed {
		if lost := v.through.lost(); lost != nil {
			f.hop = lost.label
			f.again = f.again || (f.phase == fleet.PhaseAuth || f.phase == fleet.PhaseSession) && !lost.mute.Load() // no command was sent yet
			if lost.mute.Load() && !f.again {
				f.status, f.text = fleet.StatusTimeout, "the jump host is silent"
			}
		}
	}
}

func (v *visit) handshake(ctx context.Context, wire *watched, keys *hostKeys) (*client, error) {
	trial := v.begin(ctx, keys)
	conn, channels, requests, err := ssh.NewClientConn(wire, v.host.DialAddress(), &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: v.login.KeyExchanges, Ciphers: v.login.Ciphers, MACs: v.login.MACs},
		User:              v.host.User,
		Auth:              trial.methods(),
		AuthCallback:      trial.heed,
		HostKeyCallback:   func(_ string, _ net.Addr, key ssh.PublicKey) error { return keys.check(key) },
		HostKeyAlgorithms: v.login.algorithmsFor(slices.Concat(v.host.Way().Pins, v.wanted), v.certified()),
	})
	if err != nil {
		return nil, err
	}
	wire.reach(fleet.PhaseSession)
	c := &client{Conn: conn, wire: wire, login: v.login, over: make(chan struct{})}
	go func() {
		refuse(channels, requests)
		close(c.over)
	}()
	return c, nil
}

// refuse answers no to everything the host asks of us, until the connection ends.
func refuse(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	for channels != nil || requests != nil {
		select {
		case channel, open := <-channels:
			if !open {
				channels = nil
			} else {
				channel.Reject(ssh.Prohibited, "")
			}
		case request, open := <-requests:
			if !open {
				requests = nil
			} else {
				request.Reply(false, nil)
			}
		}
	}
}

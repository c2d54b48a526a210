package remote

import (
	"context"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// visit is one host's turn: one connection, or a few where it hangs up early.
type visit struct {
	ssh      *SSH
	host     fleet.Host
	deadline time.Time   // for all before the command; zero: none
	wanted   []fleet.Key // what the verdict on another type of key said to ask for, not to trust
	redialed bool
	result   Result
}

// attempt connects, runs the command, and hangs up. A host that showed another type of key than is known for it is
// dialled once more, and asked for that type.
func (v *visit) attempt(ctx context.Context, cmd Command) *failure {
	v.result.Attempts++
	c, f, redial := v.connect(ctx)
	if redial {
		v.redialed = true
		c, f, _ = v.connect(ctx)
	}
	if f != nil {
		return f
	}
	return c.run(ctx, cmd, v)
}

// client is an authenticated connection.
type client struct {
	ssh.Conn
	wire    *watched
	unwatch func() bool // ends the watch over the context
}

// connect dials the host and brings the connection to where a session can be opened.
func (v *visit) connect(ctx context.Context) (c *client, f *failure, redial bool) {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if !v.deadline.IsZero() {
		bounded, cancel = context.WithDeadline(ctx, v.deadline)
	}
	defer cancel()

	conn, f := v.dial(ctx, bounded)
	if f != nil {
		return nil, f, false
	}
	v.result.Address = conn.RemoteAddr().String()
	wire := watch(conn)
	wire.until(v.deadline, v.ssh.cfg.ConnectTimeout)
	unwatch := context.AfterFunc(ctx, func() { wire.Close() })
	keys := v.hostKeys(bounded, wire)
	client, err := v.handshake(bounded, wire, keys)
	if err != nil {
		unwatch()
		f := wire.failure(ctx, err)
		switch agent := v.ssh.agent; {
		case agent == nil || f.phase != fleet.PhaseAuth:
		case agent.lacks.Load() && f.status != fleet.StatusCanceled: // with its keys the host might let us in
			f.status, f.text = fleet.StatusLocal, "the ssh agent cannot be reached: this machine has run out of something"
		case f.status == fleet.StatusAuth:
			f.text += agent.note()
		}
		return nil, f, keys.redial && f.status == fleet.StatusHostKey
	}
	client.unwatch = unwatch
	return client, nil, false
}

func (v *visit) handshake(ctx context.Context, wire *watched, keys *hostKeys) (*client, error) {
	conn, channels, requests, err := ssh.NewClientConn(wire, v.host.Address(), &ssh.ClientConfig{
		User:              v.host.User,
		Auth:              v.ssh.auth(ctx),
		HostKeyCallback:   func(_ string, _ net.Addr, key ssh.PublicKey) error { return keys.check(key) },
		HostKeyAlgorithms: preferring(v.ssh.algorithms, slices.Concat(v.host.Pins, v.wanted)),
	})
	if err != nil {
		return nil, err
	}
	wire.reach(fleet.PhaseSession)
	go refuse(channels, requests)
	return &client{Conn: conn, wire: wire}, nil
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

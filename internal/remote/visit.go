package remote

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// visit is one server's turn: one connection, or a few where it hangs up early. It is a host's, or that of a jump host on
// behalf of all who wait for it.
type visit struct {
	ssh      *SSH
	host     fleet.Host
	login    *login
	password fleet.Secret // empty: it has none
	ask      func(context.Context, fleet.HostKey) (fleet.Verdict, error)

	deadline time.Time    // for all before the command; zero: none
	addrs    []netip.Addr // what is dialled
	place    *place
	progress atomic.Pointer[progress]
	through  *link       // the jump host's
	stuck    *failure    // see progress
	wanted   []fleet.Key // what the verdict on another type of key said to ask for, not to trust
	redialed bool
	trial    *trial // of the last connection
	retries  int
	losses   int // of the jump host
	result   Result
}

// progress is how far a visit is: what its connection says, or else what those say that it waits for.
type progress struct {
	wire  *watched
	ahead *visit // of the jump host
	phase fleet.Phase
	stuck *failure // where an earlier attempt was when it took too long: this one may have no time to come as far
}

func (s *SSH) visit(h fleet.Host) *visit {
	v := &visit{ssh: s, host: h, login: s.logins[h.Login], password: s.cfg.Password, result: Result{StartedAt: time.Now()}}
	v.progress.Store(&progress{phase: fleet.PhaseResolve})
	return v
}

// where is how far the visit is, and with which jump host; "" for the host itself.
func (v *visit) where() (phase fleet.Phase, hop string) {
	switch p := v.progress.Load(); {
	case p.stuck != nil:
		return p.stuck.phase, p.stuck.hop
	case p.ahead != nil:
		if phase, hop = p.ahead.where(); hop == "" {
			hop = p.ahead.host.Label
		}
		return phase, hop
	case p.wire != nil:
		return p.wire.reached(), ""
	default:
		return p.phase, ""
	}
}

// turn waits for the visit's turn, which does not count: it begins later by as much. The look-up of a name counts.
func (v *visit) turn(ctx context.Context) *failure {
	if v.ssh.rate != nil && v.ssh.rate.Wait(ctx) != nil {
		return v.overdue(ctx)
	}
	v.result.StartedAt, v.deadline = time.Now(), after(v.login.timeout)
	if f := v.locate(ctx); f != nil {
		v.result.Attempts = 1
		return f
	}
	located := time.Now()
	if f := v.takePlace(ctx); f != nil {
		return f
	}
	waited := time.Since(located)
	v.result.StartedAt = v.result.StartedAt.Add(waited)
	if !v.deadline.IsZero() {
		v.deadline = v.deadline.Add(waited)
	}
	return nil
}

// takePlace waits for a place at what the host is reached at: its address, or that which connects to it.
func (v *visit) takePlace(ctx context.Context) *failure {
	key := "proxy"
	switch {
	case v.host.Proxy != "":
	case v.host.Via != nil:
		key = "via " + jumpKey(v.host.Via)
	default:
		key = netip.AddrPortFrom(v.addrs[0], uint16(v.host.Port)).String()
	}
	var err error
	if v.place, err = v.ssh.places.take(ctx, key); err != nil {
		return v.overdue(ctx)
	}
	return nil
}

// bounded is ctx with the visit's deadline.
func (v *visit) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if v.deadline.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, v.deadline)
}

// open brings a connection to where a session can be opened. Where the host hangs up before authentication, it tries
// again, as long as there are retries and time.
func (v *visit) open(ctx context.Context) (*client, *failure) {
	defer time.AfterFunc(placeTime, v.lendPlace).Stop()
	for pause := firstPause; ; pause *= 2 {
		c, f := v.attempt(ctx)
		switch {
		case f == nil:
			v.place.good()
			return c, nil
		case !f.again:
			return nil, f
		case f.hop == "":
			v.place.refused()
		}
		if !v.mayRetry(f, pause) || !sleep(ctx, pause) {
			return nil, f
		}
		v.ssh.spend()
	}
}

// maxLosses is how often a host may lose its jump host before authentication.
const maxLosses = 3

// mayRetry reports whether there is a retry left, for this host and for all, and time for it; then it is spent. That a jump
// host is lost costs none.
func (v *visit) mayRetry(f *failure, pause time.Duration) bool {
	switch {
	case !v.deadline.IsZero() && time.Until(v.deadline) < 2*pause:
		return false
	case f.hop != "":
		v.losses++
		return v.losses <= maxLosses
	}
	v.retries++
	return v.retries <= v.ssh.retries.each && v.ssh.retries.budget.Add(-1) >= 0
}

// placeTime is how long a host keeps its place without a word, where others wait for it that are reached in the same way.
const placeTime = 2 * time.Second

// lendPlace leaves the place of a host that is as good as dead to those behind the same jump host.
func (v *visit) lendPlace() {
	wire := v.progress.Load().wire
	if v.indirect() && (wire == nil || wire.reached() == fleet.PhaseBanner) {
		v.place.leave()
	}
}

// indirect reports whether something else connects to the host.
func (v *visit) indirect() bool { return v.host.Via != nil || v.host.Proxy != "" }

// attempt connects. A server that showed another type of key than is known for it is dialled once more, and asked for
// that type.
func (v *visit) attempt(ctx context.Context) (*client, *failure) {
	v.result.Attempts++
	c, f, redial := v.connect(ctx)
	if redial {
		v.redialed = true
		v.ssh.spend()
		c, f, _ = v.connect(ctx)
	}
	return c, f
}

// client is an authenticated connection.
type client struct {
	ssh.Conn
	wire    *watched
	login   *login
	unwatch func() bool               // ends the watch over the context
	asked   atomic.Pointer[time.Time] // when it was asked what it has yet to answer; nil: never
}

// connect reaches the server and authenticates.
func (v *visit) connect(ctx context.Context) (c *client, f *failure, redial bool) {
	bounded, cancel := v.bounded(ctx)
	defer cancel()

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
		return nil, f, keys.redial && f.status == fleet.StatusHostKey
	}
	client.unwatch = unwatch
	return client, nil, false
}

// reach connects to the server in the way that its host says.
func (v *visit) reach(ctx, bounded context.Context) (net.Conn, *failure) {
	v.through = nil
	switch {
	case v.host.Proxy != "":
		return v.startProxy(ctx, bounded)
	case v.host.Via != nil:
		return v.ssh.jump(v.host.Via).reach(ctx, bounded, v)
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
		HostKeyAlgorithms: v.login.algorithmsFor(slices.Concat(v.host.Pins, v.wanted), v.certified()),
	})
	if err != nil {
		return nil, err
	}
	wire.reach(fleet.PhaseSession)
	go refuse(channels, requests)
	return &client{Conn: conn, wire: wire, login: v.login}, nil
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

// overdue is the failure of a visit that waited for too long, or until ctx was done.
func (v *visit) overdue(ctx context.Context) *failure {
	phase, hop := v.where()
	if ctx.Err() != nil {
		return &failure{status: fleet.StatusCanceled, phase: phase, hop: hop, text: "stopped"}
	}
	return &failure{status: fleet.StatusTimeout, phase: phase, hop: hop, text: fmt.Sprintf("not done within %v", v.login.timeout)}
}

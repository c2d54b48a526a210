package remote

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

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
	stale    bool   // the connection that was kept has granted no session
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
	v := &visit{ssh: s, host: h, login: s.logins[h.Way().Login], password: s.cfg.Password, result: Result{StartedAt: time.Now()}}
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

// bounded is ctx with the visit's deadline.
func (v *visit) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if v.deadline.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, v.deadline)
}

// run runs a command over the connection that was kept, or where there is none that is of use, over a new one.
func (v *visit) run(ctx context.Context, cmd Command, known *client) *failure {
	if known != nil {
		known.resume(ctx, v)
		f := known.run(ctx, cmd, v)
		if !v.stale {
			return f
		}
		if f := v.anew(ctx); f != nil {
			return f
		}
	}
	return v.open(ctx, func(c *client) *failure { return c.run(ctx, cmd, v) })
}

// open brings a connection to where a session can be opened, and has it used. Where the host hangs up before authentication,
// or the jump host is lost before a command is sent, it tries again, as long as there are retries and time.
func (v *visit) open(ctx context.Context, use func(*client) *failure) *failure {
	defer time.AfterFunc(placeTime, v.lendPlace).Stop()
	for pause := firstPause; ; pause *= 2 {
		c, f := v.attempt(ctx)
		if f == nil {
			v.place.good()
			f = use(c)
		}
		switch {
		case f == nil || !f.again:
			return f
		case f.hop == "":
			v.place.refused()
		}
		if !v.mayRetry(f, pause) {
			return f
		}
		if !sleep(ctx, pause) {
			return v.overdue(ctx)
		}
		v.ssh.pace.spend()
	}
}

// maxLosses is how often a host may lose its jump host before authentication.
const maxLosses = 3

// mayRetry reports whether there is a retry left, for this host and for all, and time for it; then it is spent. That a jump
// host is lost costs none.
func (v *visit) mayRetry(f *failure, pause time.Duration) bool {
	if f.hop != "" {
		v.losses++
		return v.losses <= maxLosses && leaves(v.deadline, pause)
	}
	v.retries++
	return v.retries <= v.ssh.retries.each && v.ssh.retries.take(v.deadline, pause)
}

// attempt connects. A server that showed another type of key than is known for it is dialled once more, and asked for
// that type.
func (v *visit) attempt(ctx context.Context) (*client, *failure) {
	v.result.Attempts++
	c, f, redial := v.connect(ctx)
	if redial {
		v.redialed = true
		v.ssh.pace.spend()
		c, f, _ = v.connect(ctx)
	}
	return c, f
}

// overdue is the failure of a visit that waited for too long, or until ctx was done.
func (v *visit) overdue(ctx context.Context) *failure {
	phase, hop := v.where()
	if ctx.Err() != nil {
		return &failure{status: fleet.StatusCanceled, phase: phase, hop: hop, text: "stopped"}
	}
	return &failure{status: fleet.StatusTimeout, phase: phase, hop: hop, text: fmt.Sprintf("not done within %v", v.login.timeout)}
}

package remote

import (
	"context"
	"net/netip"
	"time"

	"muster/internal/fleet"
)

// turn waits for the visit's turn, which does not count: it begins later by as much. The look-up of a name counts.
func (v *visit) turn(ctx context.Context) *failure {
	if !v.ssh.pace.wait(ctx) {
		return v.overdue(ctx)
	}
	v.result.StartedAt, v.deadline = time.Now(), after(v.login.timeout)
	if f := v.locate(ctx); f != nil {
		v.result.Attempts = 1
		return f
	}
	located := time.Now()
	if f := v.takePlace(ctx, ctx); f != nil {
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
func (v *visit) takePlace(ctx, bounded context.Context) *failure {
	key := "proxy"
	switch {
	case v.host.Way().Proxy != "":
	case v.host.Via() != nil:
		key = "via " + jumpKey(v.host.Via())
	default:
		key = netip.AddrPortFrom(v.addrs[0], uint16(v.host.Port)).String()
	}
	var err error
	if v.place, err = v.ssh.places.take(bounded, key); err != nil {
		return v.overdue(ctx)
	}
	return nil
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
func (v *visit) indirect() bool { return v.host.Via() != nil || v.host.Way().Proxy != "" }

package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"muster/internal/fleet"
)

// errReset is how a peer's reset reads.
const errReset = syscall.ECONNRESET

// ipv6Hold is after how long a local address that cannot be had means that there is no IPv6, and not that ports have
// run out.
const ipv6Hold = time.Second

// locate finds out what to dial. A host that a jump host or a command connects to is theirs to find. Where this machine has
// run out of something, which is not the host's doing, the host is held until that is over, or its time is.
func (v *visit) locate(ctx context.Context) *failure {
	addr, err := netip.ParseAddr(v.host.DialName())
	literal := err == nil && (v.indirect() || v.login.takes(addr))
	if literal {
		v.addrs, v.result.Address = []netip.Addr{addr}, v.host.DialAddress()
	}
	if literal || v.indirect() {
		return nil
	}
	bounded, cancel := v.bounded(ctx)
	defer cancel()
	return v.holding(ctx, bounded, fleet.PhaseResolve, func() (err error) {
		v.addrs, err = v.ssh.names.resolve(bounded, v.host.DialName(), v.login.Family)
		return err
	})
}

// dial connects to the host.
func (v *visit) dial(ctx, bounded context.Context) (conn net.Conn, f *failure) {
	v.progress.Store(&progress{phase: fleet.PhaseConnect})
	f = v.holding(ctx, bounded, fleet.PhaseConnect, func() (err error) {
		conn, v.result.RTT, err = v.login.race(bounded, v.addrs, v.host.Port)
		return err
	})
	if f == nil {
		v.result.Address = conn.RemoteAddr().String()
	}
	return conn, f
}

// holding has do done, again and again while this machine lacks what it takes and there is time. Where that took more of the time
// than the host had when it was up, it was not the host that took too long.
func (v *visit) holding(ctx, bounded context.Context, phase fleet.Phase, do func() error) *failure {
	begun := time.Now()
	var lack *failure // of the last try but this
	for wait := holds(bounded); ; {
		tried := time.Now()
		err := do()
		if err == nil {
			return nil
		}
		f := v.dialFailure(err, phase, time.Since(begun))
		if f.status == fleet.StatusLocal && wait() {
			lack = f
			continue
		}
		if f.status == fleet.StatusTimeout && lack != nil && time.Since(tried) < tried.Sub(begun) {
			f = lack
		}
		if ctx.Err() != nil {
			f.status, f.text = fleet.StatusCanceled, "stopped"
		}
		return f
	}
}

// dialFailure says what an error in connecting means to a host that has been dialled for some time.
func (v *visit) dialFailure(err error, phase fleet.Phase, dialled time.Duration) *failure {
	f := &failure{phase: phase}
	f.status, f.text = Meaning(err)
	if phase == fleet.PhaseResolve && f.status == fleet.StatusUnreachable {
		f.status = fleet.StatusResolve
	}
	late := !v.deadline.IsZero() && !time.Now().Before(v.deadline)
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL) && toIPv6(err) && dialled >= ipv6Hold:
		f.status = fleet.StatusUnreachable
	case f.status == fleet.StatusTimeout, late && f.status != fleet.StatusLocal:
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", v.login.timeout)
	case f.status == fleet.StatusClosed: // after it stood, if only for a moment: else it would be refused
		f.phase, f.again = fleet.PhaseBanner, true
	}
	return f
}

// Meaning returns what an error in connecting means where nothing else is known, and its innermost text: the address is known
// anyway.
func Meaning(err error) (fleet.Status, string) {
	number, _ := errors.AsType[syscall.Errno](err)
	_, inLookup := errors.AsType[*net.DNSError](err)
	status := fleet.StatusUnreachable
	switch {
	case lacking(err):
		status = fleet.StatusLocal
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), number == syscall.ETIMEDOUT:
		status = fleet.StatusTimeout
	case inLookup:
		status = fleet.StatusResolve
	case number == syscall.ECONNREFUSED:
		status = fleet.StatusRefused
	case number == syscall.ECONNRESET:
		status = fleet.StatusClosed
	}
	return status, clip(cause(err))
}

// toIPv6 reports whether a dial's error is about an IPv6 address.
func toIPv6(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return false
	}
	to, ok := op.Addr.(*net.TCPAddr)
	return ok && to.IP.To4() == nil
}

// cause is the innermost text of a dial's error.
func cause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err.Error()
}

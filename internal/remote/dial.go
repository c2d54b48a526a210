package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"muster/internal/fleet"
)

// errReset is how a peer's reset reads.
const errReset = syscall.ECONNRESET

// ipv6Hold is after how long a local address that cannot be had means that there is no IPv6, and not that ports have
// run out.
const ipv6Hold = time.Second

// dial connects to the host. bounded is ctx with the deadline. Where this machine has run out of something, which is not
// the host's doing, the host is held until that is over, or its time is.
func (v *visit) dial(ctx, bounded context.Context) (net.Conn, *failure) {
	var connecting atomic.Pointer[time.Time] // since when
	_, err := netip.ParseAddr(v.host.Name)
	if err == nil {
		connecting.Store(&v.result.StartedAt)
		v.result.Address = v.host.Address()
	}
	dialer := net.Dialer{
		KeepAlive: -1, // the deadline does it, and it is four system calls fewer
		Resolver:  &net.Resolver{PreferGo: true},
		ControlContext: func(context.Context, string, string, syscall.RawConn) error {
			connecting.Store(new(time.Now()))
			return nil
		},
	}
	begun := time.Now()
	for wait := holds(bounded); ; {
		conn, err := dialer.DialContext(bounded, "tcp", v.host.Address())
		if err == nil {
			v.result.RTT = time.Since(*connecting.Load())
			return conn, nil
		}
		phase := fleet.PhaseResolve
		if connecting.Load() != nil {
			phase = fleet.PhaseConnect
		}
		f := v.dialFailure(err, phase, time.Since(begun))
		if f.status == fleet.StatusLocal && wait() {
			continue
		}
		if ctx.Err() != nil {
			f.status, f.text = fleet.StatusCanceled, "stopped"
		}
		return nil, f
	}
}

// dialFailure says what an error in connecting means to a host that has been dialled for some time.
func (v *visit) dialFailure(err error, phase fleet.Phase, dialled time.Duration) *failure {
	f := &failure{phase: phase}
	f.status, f.text = Meaning(err)
	late := !v.deadline.IsZero() && !time.Now().Before(v.deadline)
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL) && toIPv6(err) && dialled >= ipv6Hold:
		f.status = fleet.StatusUnreachable
	case f.status == fleet.StatusTimeout, late && f.status != fleet.StatusLocal:
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", v.ssh.cfg.ConnectTimeout)
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

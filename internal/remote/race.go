package remote

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// headStart is what an address has before the next is tried too: RFC 8305, section 5.
const headStart = 250 * time.Millisecond

// takes reports whether the address is of a family that is wanted.
func (l *login) takes(addr netip.Addr) bool {
	return l.Family == "" || (l.Family == "4") == addr.Unmap().Is4()
}

// race connects to the address that is the first to answer: each is tried once the one before has failed, or has not
// answered within headStart. It returns how long that address took, or the first error: of those about the host, where there
// are any.
func (l *login) race(ctx context.Context, addrs []netip.Addr, port int) (net.Conn, time.Duration, error) {
	dialer := net.Dialer{KeepAlive: -1} // the deadline does it, and it is four system calls fewer
	if bind := net.ParseIP(l.Bind); bind != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: bind}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type attempt struct {
		conn net.Conn
		took time.Duration
		err  error
	}
	ended := make(chan attempt, len(addrs))
	start := func(addr netip.Addr) {
		began := time.Now()
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(addr, uint16(port)).String())
		ended <- attempt{conn, time.Since(began), err}
	}
	if len(addrs) == 1 {
		start(addrs[0])
		a := <-ended
		return a.conn, a.took, a.err
	}
	var first error
	started, over := 0, 0
	for over < len(addrs) {
		var next <-chan time.Time
		if started < len(addrs) {
			go start(addrs[started])
			started++
			next = time.After(headStart)
		}
		select {
		case a := <-ended:
			over++
			if a.err == nil {
				go func() { // others may have connected too
					for ; over < started; over++ {
						if a := <-ended; a.conn != nil {
							a.conn.Close()
						}
					}
				}()
				return a.conn, a.took, nil
			}
			if first == nil || lacking(first) && !lacking(a.err) {
				first = a.err
			}
		case <-next:
		}
	}
	return nil, 0, first
}

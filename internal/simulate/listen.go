package simulate

import (
	"context"
	"io"
	"net"
	"net/netip"
)

// sockets are what a fleet listens on: an address for each host, which no other socket of the machine can take.
type sockets struct {
	addresses []netip.AddrPort // of each host
	listeners []*net.TCPListener
	bound     []io.Closer // ports held and never listened on
}

// Close closes what is open, once.
func (s *sockets) Close() error {
	var first error
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, l := range s.listeners {
		keep(l.Close())
	}
	for _, b := range s.bound {
		keep(b.Close())
	}
	return first
}

// listenPortEach listens on a port of 127.0.0.1 for each host.
func listenPortEach(kinds []Kind) (*sockets, error) {
	s := new(sockets)
	for _, kind := range kinds {
		address, err := s.open(netip.AddrFrom4([4]byte{127, 0, 0, 1}), kind == Refuse, net.ListenConfig{KeepAlive: -1})
		if err != nil {
			s.Close()
			return nil, err
		}
		s.addresses = append(s.addresses, address)
	}
	return s, nil
}

// open listens on a free port of ip, or, where it is to refuse, only holds one.
func (s *sockets) open(ip netip.Addr, refuse bool, config net.ListenConfig) (netip.AddrPort, error) {
	if refuse {
		held, port, err := hold(ip)
		if err != nil {
			return netip.AddrPort{}, err
		}
		s.bound = append(s.bound, held)
		return netip.AddrPortFrom(ip, port), nil
	}
	l, err := config.Listen(context.Background(), "tcp4", netip.AddrPortFrom(ip, 0).String())
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.listeners = append(s.listeners, l.(*net.TCPListener))
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}

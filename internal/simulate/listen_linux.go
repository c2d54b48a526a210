package simulate

import (
	"net"
	"net/netip"
	"syscall"
)

// listen serves all of 127/8 with one socket, where the system lets it be bound to the loopback device, so that nothing
// beyond the machine reaches it; elsewhere it takes a port for each host.
func listen(kinds []Kind) (*sockets, error) {
	if s, err := listenShared(kinds); err == nil {
		return s, nil
	}
	return listenPortEach(kinds)
}

// listenShared gives each host an address of its own. One port is listened on, and another is held for those that
// refuse.
func listenShared(kinds []Kind) (*sockets, error) {
	s := new(sockets)
	listening, err := s.open(netip.IPv4Unspecified(), false, net.ListenConfig{KeepAlive: -1, Control: bindToLoopback})
	if err != nil {
		return nil, err
	}
	refusing, err := s.open(netip.IPv4Unspecified(), true, net.ListenConfig{})
	if err != nil {
		s.Close()
		return nil, err
	}
	for i, kind := range kinds {
		port := listening.Port()
		if kind == Refuse {
			port = refusing.Port()
		}
		s.addresses = append(s.addresses, netip.AddrPortFrom(loopback(i), port))
	}
	return s, nil
}

func bindToLoopback(_, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		failure = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
	})
	if err != nil {
		return err
	}
	return failure
}

// loopback returns the i-th address of 127/8 from 127.1.0.1 on whose last byte is neither 0 nor 255.
func loopback(i int) netip.Addr {
	block := i / 254
	return netip.AddrFrom4([4]byte{127, byte(1 + block>>8), byte(block), byte(1 + i%254)})
}

package simulate

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// TestAdmitTurnsOthersAway has a host listen on an address of this machine that others can reach, as no fleet does, to
// show that even then a peer from there hears nothing.
func TestAdmitTurnsOthersAway(t *testing.T) {
	reachable := reachableAddress(t)
	f, err := start(Config{Hosts: 1}, func([]Kind) (*sockets, error) {
		s := new(sockets)
		address, err := s.open(reachable, false, net.ListenConfig{})
		s.addresses = []netip.AddrPort{address}
		return s, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	conn, err := net.Dial("tcp", f.Hosts()[0].Label)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if got, err := io.ReadAll(conn); len(got) > 0 || err != nil {
		t.Errorf("heard %q, %v", got, err)
	}
}

func reachableAddress(t *testing.T) netip.Addr {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() {
			return prefix.Addr()
		}
	}
	t.Skip("this machine has no address but loopback")
	return netip.Addr{}
}

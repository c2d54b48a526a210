package main

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// F12: sixty names of one sshd, which turns connections away at random when many are not logged in yet, as it does by itself.
// All are ok, because those that were turned away are tried again a little later.
func TestF12OneServerOfManyNames(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Config: []string{"MaxStartups 10:30:100"}})
	var hosts []string
	var known strings.Builder
	for i := range 60 {
		front := alias(t, fmt.Sprintf("127.0.3.%d:0", i+1), fmt.Sprintf("127.0.0.1:%d", server.Port))
		hosts = append(hosts, front)
		address, port, _ := net.SplitHostPort(front)
		fmt.Fprintf(&known, "[%s]:%s %s\n", address, port, server.HostKeys[0])
	}
	d := run(t, musterCmd(t, slices.Concat(args, []string{"-n", "2", "-f", "30", "--known-hosts", knownHosts(t, known.String())}, hosts)...)).parse(t, hosts)
	attempts := 0
	for _, h := range d.Hosts {
		attempts += h.Attempts
		if h.Status != fleet.StatusOK {
			t.Errorf("%s: %s, %s, %q after %d attempts", h.Host, h.Status, h.Phase, h.Error, h.Attempts)
		}
	}
	if attempts > 60+50 {
		t.Errorf("%d attempts: the budget is 50 more than hosts", attempts)
	}
	t.Logf("%d attempts", attempts)
}

// alias has connections to an address go to another, and returns the address.
func alias(t *testing.T, address, to string) string {
	t.Helper()
	l, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp4", to)
			if err != nil {
				in.Close()
				continue
			}
			for from, to := range map[net.Conn]net.Conn{in: out, out: in} {
				go func() {
					io.Copy(to, from)
					to.Close()
					from.Close()
				}()
			}
		}
	}()
	return l.Addr().String()
}

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// A hundred hosts that are reached through two jump hosts only, the first of which takes ten connections that are not logged
// in yet and no more: none fails at default settings, each jump host is logged in to once a worker, and each key is looked up
// under the name of who shows it.
func TestBastions(t *testing.T) {
	const hosts = 100
	chain := sshdtest.NewChain(t,
		sshdtest.Options{Config: []string{"MaxStartups 10:100:10"}}, sshdtest.Options{}, sshdtest.Options{Addresses: hosts},
	)
	first, second, last := chain.Hops[0], chain.Hops[1], chain.Hops[2]
	known := knownHosts(t, first.KnownHosts(first.Addr(0))+second.KnownHosts(second.Addr(0))+last.KnownHosts(last.Hosts(hosts)...))
	args := []string{
		"collect", "-F", "none", "-i", first.Identity, "-i", second.Identity, "-i", last.Identity, "--known-hosts", known, "-o", "json",
		"-l", last.User, "-p", fmt.Sprint(last.Port),
		"-J", fmt.Sprintf("%s@%s:%d,%s@%s:%d", first.User, first.Addr(0), first.Port, second.User, second.Addr(0), second.Port),
	}
	cmd := musterCmd(t, slices.Concat(args, last.Hosts(hosts))...)
	chain.Enter(t, cmd)
	d := run(t, cmd).parse(t, last.Hosts(hosts))
	for _, h := range d.Hosts {
		if h.Status != fleet.StatusOK || h.Attempts != 1 {
			t.Errorf("%s: %s, %s, hop %q, %q after %d attempts", h.Host, h.Status, h.Phase, h.Hop, h.Error, h.Attempts)
		}
	}
	for _, hop := range []*sshdtest.Server{first, second} {
		if n := strings.Count(hop.Log(), "Accepted publickey"); n < 1 || n > len(d.Workers) {
			t.Errorf("a jump host was logged in to %d times by %d workers", n, len(d.Workers))
		}
	}
}

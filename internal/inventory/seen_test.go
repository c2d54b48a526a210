package inventory

import (
	"testing"

	"muster/internal/fleet"
)

// Hosts of one hash are told apart.
func TestSeenOfOneHash(t *testing.T) {
	s := newSeen(0)
	var hosts []fleet.Host
	for _, name := range []string{"a", "b", "c", "a", "b", "c", "d"} {
		h := fleet.Host{Name: name, User: "me", Port: 22}
		if !s.hashed(7, idOf(h), hosts) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) != 4 || hosts[3].Name != "d" {
		t.Errorf("%d hosts", len(hosts))
	}
}

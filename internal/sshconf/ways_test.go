package sshconf

import (
	"context"
	"testing"

	"muster/internal/fleet"
)

// Hosts that are reached alike share one Way, before their keys are looked up and after. A pinned key is one host's own.
func TestWaysAreShared(t *testing.T) {
	d := newDesk(t)
	pinned := testKey(t)
	r := NewRoutes(Options{Home: d.home, Me: "me", Jump: "hop", KnownHosts: fileOf(t, "pinned "+text(pinned))})
	var hosts []fleet.Host
	for _, name := range []string{"a", "b", "pinned"} {
		h, err := r.Route(context.Background(), fleet.Host{Label: name, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, h)
	}
	a, b, own := &hosts[0], &hosts[1], &hosts[2]
	if a.Shared != b.Shared || a.Shared != own.Shared {
		t.Error("three ways before their keys are looked up")
	}
	if _, err := r.Prepare(hosts, d.ask); err != nil {
		t.Fatal(err)
	}
	if a.Shared != b.Shared || a.Via() == nil || a.Via().Name != "hop" || len(a.Way().Pins) != 0 {
		t.Errorf("%+v, %+v", a.Way(), b.Way())
	}
	if w := own.Way(); len(w.Pins) != 1 || w.Via != a.Via() {
		t.Errorf("%+v", w)
	}
}

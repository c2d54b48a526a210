package remote

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func taken(t *testing.T, p *places, n int) []*place {
	t.Helper()
	var all []*place
	for range n {
		got, err := p.take(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got)
	}
	return all
}

// Who comes first is served first. Another server's places are its own.
func TestPlacesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &places{first: 1}
		first := taken(t, p, 1)[0]
		var order []int
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				got, err := p.take(t.Context(), "x")
				if err != nil {
					t.Error(err)
				}
				order = append(order, i) // one at a time
				got.leave()
				got.leave()
			})
			synctest.Wait()
		}
		other, err := p.take(t.Context(), "y")
		if err != nil || len(order) != 0 {
			t.Errorf("%v, %v", err, order)
		}
		other.leave()
		first.leave()
		all.Wait()
		if fmt.Sprint(order) != "[0 1 2 3 4]" {
			t.Error(order)
		}
		if len(p.servers) != 0 {
			t.Errorf("kept %v", p.servers)
		}
	})
}

// A server gets one place more each time that all have seen a handshake go well, and half of those taken when it turns somebody
// away, once for each of those. After that it gets more half as fast.
func TestPlacesGrowAndShrink(t *testing.T) {
	p := &places{first: 4}
	keep := taken(t, p, 1)[0]
	well := func(n int) {
		for range n {
			taken(t, p, 1)[0].good()
		}
	}
	is := func(want int) {
		t.Helper()
		if got := keep.at.places; got != want {
			t.Errorf("%d places, want %d", got, want)
		}
	}
	is(4)
	well(3)
	is(4)
	well(1)
	is(5)
	well(5)
	is(6)
	others := taken(t, p, 5)
	for range 3 {
		others[0].refused()
	}
	is(3)
	others[1].refused()
	is(3)
	for _, other := range others {
		other.leave()
	}
	well(11) // caution is 4
	is(3)
	well(1)
	is(4)
	keep.refused()
	is(1)
}

// Whoever gives up leaves no place taken, and nobody who waits is forgotten: random visits, many of them stopped.
func TestPlacesAreNotLost(t *testing.T) {
	p := &places{first: 3}
	var visits sync.WaitGroup
	var inside, most atomic.Int32
	for i := range 400 {
		visits.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.N(20))*time.Millisecond)
			defer cancel()
			if i%3 == 0 {
				ctx = t.Context()
			}
			got, err := p.take(ctx, "x")
			if err != nil {
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(rand.N(time.Millisecond))
			if i%10 == 0 {
				got.refused()
			}
			inside.Add(-1)
			if i%2 == 0 {
				got.good()
			}
			got.leave()
		})
	}
	visits.Wait()
	if at := p.servers["x"]; at != nil && (at.taken != 0 || len(at.waiting) != 0 || at.places < 1) {
		t.Errorf("%+v", at)
	}
	if most.Load() > 20 {
		t.Errorf("%d at once", most.Load())
	}
}

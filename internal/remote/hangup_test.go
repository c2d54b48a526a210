package remote

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
)

// A connection that nobody reads to its end is left behind, and what it may hold is counted, up to a bound: then there is no
// going on.
func TestF27LeftBehind(t *testing.T) {
	defer left.Store(left.Swap(0))
	synctest.Test(t, func(t *testing.T) {
		for _, came := range []int{10 << 20, 1000} {
			before := left.Load()
			w := stuck(came)
			began := time.Now()
			if w.released(w.unread) || time.Since(began) != leaveAfter || left.Load()-before != min(int64(came), maxLeft) {
				t.Errorf("of %d bytes, %d are held after %v", came, left.Load()-before, time.Since(began))
			}
		}
		w := stuck(10)
		w.Read(make([]byte, 1))
		if before := left.Load(); !w.released(w.unread) || left.Load() != before {
			t.Error("one that was read to its end was left behind")
		}
		left.Store(mayBeLeft)
		w = stuck(10)
		done := make(chan bool)
		go func() { done <- w.released(w.unread) }()
		time.Sleep(time.Hour)
		select {
		case <-done:
			t.Error("more was left behind than may be")
		default:
		}
		w.Read(make([]byte, 1))
		if !<-done || left.Load() != mayBeLeft {
			t.Error("what has ended counts")
		}
	})
}

// stuck is a connection that was closed after so many bytes, of which nobody knows.
func stuck(came int) *watched {
	ours, theirs := net.Pipe()
	w := watch(ours)
	w.reach(fleet.PhaseAuth)
	go theirs.Write(make([]byte, came))
	io.ReadFull(w, make([]byte, came))
	w.Close()
	return w
}

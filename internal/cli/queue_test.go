package cli

import (
	"slices"
	"testing"
	"testing/synctest"
)

// Who takes gets all that waits, in its order, and the end only once nothing does.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := newQueue[int]()
		ended.put(4)
		ended.close()
		if got := ended.take(nil); !slices.Equal(got, []int{4}) {
			t.Errorf("%d of what is closed", got)
		}
		q := newQueue[int]()
		q.put(1)
		q.put(2)
		got := q.take(nil)
		if !slices.Equal(got, []int{1, 2}) {
			t.Errorf("%d", got)
		}
		next := make(chan []int)
		go func() {
			got = q.take(got)
			next <- slices.Clone(got)
			for len(got) > 0 {
				got = q.take(got)
				next <- slices.Clone(got)
			}
		}()
		synctest.Wait() // until it waits
		q.put(3)
		if got := <-next; !slices.Equal(got, []int{3}) {
			t.Errorf("%d", got)
		}
		synctest.Wait()
		q.close()
		if got := <-next; len(got) != 0 {
			t.Errorf("%d after the end", got)
		}
	})
}

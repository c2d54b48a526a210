package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
)

// PerHost visits as many hosts at once as it may, and no more; start comes before the visit, the outcome after.
func TestPerHostFanout(t *testing.T) {
	for _, fanout := range []int{1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			const total = 30
			hosts := make(chan fleet.Host, total)
			for num := 1; num <= total; num++ {
				hosts <- fleet.Host{Num: num}
			}
			close(hosts)
			var flying, most atomic.Int64
			task := PerHost(fanout, func(_ context.Context, h fleet.Host, begin func(), emit Emit) fleet.Outcome {
				begin()
				most.Store(max(most.Load(), flying.Add(1)))
				defer flying.Add(-1)
				emit(fleet.Output{Num: h.Num, Data: []byte("x")})
				time.Sleep(time.Second)
				return fleet.Outcome{Num: -1, Status: fleet.StatusOK}
			})
			events := make(chan fleet.Event, 3*total)
			if err := task.Do(t.Context(), Feed{Hosts: hosts}, func(e fleet.Event) { events <- e }); err != nil {
				t.Error(err)
			}
			close(events)
			if want := int64(min(fanout, total)); most.Load() != want {
				t.Errorf("%d at once, want %d", most.Load(), want)
			}
			stage := map[int]int{}
			for event := range events {
				switch e := event.(type) {
				case fleet.Start:
					stage[e.Num] += 1
				case fleet.Output:
					stage[e.Num] *= 10
				case fleet.Outcome:
					stage[e.Num] += 5
				}
			}
			for num := 1; num <= total; num++ {
				if stage[num] != 15 {
					t.Errorf("host %d: events out of turn", num)
				}
			}
			if len(stage) != total {
				t.Errorf("%d hosts", len(stage))
			}
		})
	}
}

// A cancelled PerHost takes no further host, though there are some.
func TestPerHostCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := make(chan fleet.Host, 10)
		for num := range 10 {
			hosts <- fleet.Host{Num: num}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var visits atomic.Int64
		task := PerHost(2, func(ctx context.Context, h fleet.Host, begin func(), _ Emit) fleet.Outcome {
			begin()
			visits.Add(1)
			return hang(ctx, h)
		})
		time.AfterFunc(time.Second, cancel)
		if err := task.Do(ctx, Feed{Hosts: hosts}, func(fleet.Event) {}); err != nil || visits.Load() != 2 {
			t.Error(visits.Load(), err)
		}
	})
}

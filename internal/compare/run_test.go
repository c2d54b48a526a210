package compare

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// Each round takes each arm once, the first counts for nothing, and an error leaves what there is.
func TestRun(t *testing.T) {
	const rounds = 3
	d := designed(4)
	d.Rounds = rounds
	for _, failAt := range []int{0, 1, 6, 100} {
		var taken []int // by arm's chunks
		kept, begun, warmed := 0, 0, 0
		oops := errors.New("oops")
		samples, err := Run(t.Context(), d, Steps{
			Take: func(_ context.Context, arm Arm) (Sample, error) {
				taken = append(taken, arm.Chunks)
				if len(taken) == failAt {
					return Sample{}, oops
				}
				return Sample{WallSeconds: float64(arm.Chunks)}, nil
			},
			Keep:   func(_, _ int, _ Sample) error { kept++; return nil },
			Begin:  func(round int, _ Arm) { begun++ },
			Ended:  func(Arm) {},
			Warmed: func(time.Duration) { warmed = len(taken) },
		})
		all := len(d.Arms) * (rounds + 1)
		if failed := failAt == 1 || failAt == 6; failed != errors.Is(err, oops) {
			t.Fatal(err)
		} else if failed {
			all = failAt
		}
		if len(taken) != all || begun != all || all > 4 && warmed != len(d.Arms) {
			t.Errorf("fail at %d: %d taken, %d begun, %d to warm up", failAt, len(taken), begun, warmed)
		}
		left := 0
		for arm, of := range samples {
			left += len(of)
			for _, s := range of {
				if s.WallSeconds != float64(d.Arms[arm].Chunks) {
					t.Errorf("arm %d has a sample of another", arm)
				}
			}
		}
		if want := max(all-len(d.Arms), 0); left != kept || failAt != 6 && left != want {
			t.Errorf("fail at %d: %d left, %d kept, want %d", failAt, left, kept, want)
		}
		for round := range slices.Chunk(taken, len(d.Arms)) {
			if slices.Sort(round); len(round) == len(d.Arms) && !slices.Equal(round, []int{1, 2, 3, 4}) {
				t.Errorf("a round of %v", round)
			}
		}
	}
}

func TestWall(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		cost  Cost
		arm   Arm
		items int
		want  time.Duration
	}{
		{Cost{10 * ms, 5 * ms, 0}, Arm{"", "serial", 1, 1, 0}, 100, 510 * ms},
		{Cost{10 * ms, 5 * ms, 0}, Arm{"", "async", 1, 64, 0}, 100, 510 * ms},
		{Cost{10 * ms, 5 * ms, 0}, Arm{"", "processes", 8, 1, 0}, 100, 260 * ms},
		{Cost{10 * ms, 0, 20 * ms}, Arm{"", "async", 1, 50, 0}, 100, 50 * ms},
		{Cost{10 * ms, 1 * ms, 20 * ms}, Arm{"", "hybrid", 2, 32, 0}, 100, 60 * ms},
		{Cost{10 * ms, 0, 20 * ms}, Arm{"", "async", 1, 500, 0}, 100, 30 * ms},
	} {
		if got := c.cost.Wall(c.arm, c.items, 2); got != c.want {
			t.Errorf("%+v, %s: %v, want %v", c.cost, c.arm.Name(), got, c.want)
		}
	}
}

package cli

import (
	"testing"
	"time"

	"muster/internal/compare"
)

func TestFrameSeconds(t *testing.T) {
	cost, err := frameSeconds()
	if err != nil || cost <= 0 || cost > 0.01 {
		t.Errorf("%v s, %v", cost, err)
	}
}

// What a larger sample takes more is what its items take.
func TestCostOf(t *testing.T) {
	few := compare.Sample{WallSeconds: 0.5, UserSeconds: 0.1, Items: 2}
	more := compare.Sample{WallSeconds: 1.5, UserSeconds: 0.3, SystemSeconds: 0.2, Items: 12}
	want := compare.Cost{Start: 300 * time.Millisecond, CPU: 40 * time.Millisecond, Wait: 60 * time.Millisecond}
	if got := costOf(few, more); (got.Start-want.Start).Abs() > time.Microsecond || (got.CPU-want.CPU).Abs() > time.Microsecond || (got.Wait-want.Wait).Abs() > time.Microsecond {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := costOf(more, few); got.Start < 0 || got.CPU < 0 || got.Wait < 0 || got.CPU+got.Wait == 0 {
		t.Errorf("of noise: %+v", got)
	}
}

func TestItemsFor(t *testing.T) {
	for item, want := range map[time.Duration]int{time.Microsecond: 5000, time.Millisecond: 500, 3 * time.Millisecond: 200, 5 * time.Millisecond: 100, time.Second: 50} {
		costs := map[string]compare.Cost{"": {CPU: item}}
		if got := itemsFor(compare.FormOf("cpu"), costs); got != want {
			t.Errorf("items of %v: %d, want %d", item, got, want)
		}
	}
	net := map[string]compare.Cost{"": {Wait: 20 * time.Millisecond}}
	if got := itemsFor(compare.FormOf("net"), net); got != 200 {
		t.Errorf("round trips: %d", got)
	}
}

package simulate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
	"muster/internal/procfs"
)

// TestReadingsSurviveTheirText holds that every reading is one that a host can print.
func TestReadingsSurviveTheirText(t *testing.T) {
	sentinel, now := procfs.NewSentinel(), time.Unix(1700000000, 123)
	kernels, old, swapless, overloaded := map[string]int{}, 0, 0, 0
	const hosts = 2000
	for i := range hosts {
		want := reading(42, i)
		got, err := procfs.Parse(sentinel, procfs.Format(want, sentinel, now), now)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("host %d: %v, -want +got: %s", i, err, diff)
		}
		if *want.CPUs < 2 || *want.CPUs > 128 || *want.MemUsedPercent < 5 || *want.MemUsedPercent > 99 {
			t.Errorf("host %d: %d cpus, %v %% of memory", i, *want.CPUs, *want.MemUsedPercent)
		}
		kernels[want.Kernel]++
		old += one(*want.MemEstimated)
		swapless += one(*want.SwapTotalBytes == 0)
		overloaded += one(*want.Load1PerCPU > 1)
	}
	for what, n := range map[string]int{"old": old, "swapless": swapless, "overloaded": overloaded} {
		if n == 0 || n > hosts/2 {
			t.Errorf("%d of %d hosts are %s", n, hosts, what)
		}
	}
	if len(kernels) != len(systems()) {
		t.Errorf("kernels %v", kernels)
	}
}

func TestReadingsComeFromTheSeed(t *testing.T) {
	if diff := cmp.Diff(reading(1, 5), reading(1, 5)); diff != "" {
		t.Errorf("the same host of the same seed: %s", diff)
	}
	for _, other := range []fleet.Reading{reading(1, 6), reading(2, 5)} {
		if other.BootID == reading(1, 5).BootID {
			t.Errorf("boot_id %s of two hosts", other.BootID)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

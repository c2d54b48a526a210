package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/scratch"
	"muster/internal/simulate"
	"muster/internal/strategy"
)

// itemsTo lists what the items of `muster synthetic KIND n` are called.
func itemsTo(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("item%d", i+1))
	}
	return names
}

// syntheticNeeds makes what all kinds of items need, and returns the options that name it.
func syntheticNeeds(t *testing.T, latency time.Duration) []string {
	t.Helper()
	dir := t.TempDir()
	if err := scratch.Make(t.Context(), dir, 2, 16*scratch.Block); err != nil {
		t.Fatal(err)
	}
	lines, err := simulate.StartLines(latency)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lines.Close() })
	return []string{"--dir", dir, "--server", lines.Address()}
}

// Whatever the strategy, every item of every kind is done once, by workers of the strategy's number.
func TestSyntheticByEveryStrategy(t *testing.T) {
	const items = 31
	needs := syntheticNeeds(t, 5*time.Millisecond)
	for _, name := range strategy.Names() {
		for _, kind := range []string{"mixed", "shared"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				args := []string{"synthetic", kind, fmt.Sprint(items), "--strategy", name, "-o", "json"}
				chunks := 1
				if strategy.Chunked(name) {
					chunks = 3
					args = append(args, "-n", fmt.Sprint(chunks))
				}
				if kind == "mixed" {
					args = append(args, needs...)
				}
				r := run(t, musterCmd(t, args...))
				d := r.parse(t, itemsTo(items))
				if r.code != 0 || d.Summary.ByStatus[fleet.StatusOK] != items || len(d.Workers) != chunks {
					t.Fatalf("exit code %d, %d workers, %+v, stderr:\n%s", r.code, len(d.Workers), d.Summary, r.stderr)
				}
				for i, h := range d.Hosts {
					if h.Chunk != i%chunks || h.Attempts != 1 || h.StartedAt == nil || h.DurationMS == nil {
						t.Errorf("%+v", h)
					}
				}
				const table = 64 << 20
				for _, w := range d.Workers {
					if kind == "shared" && w.PSSBytes != nil && *w.PSSBytes < table {
						t.Errorf("a worker process with %d bytes of its own has no table", *w.PSSBytes)
					}
				}
			})
		}
	}
}

// Items in flight at once wait for the server at once.
func TestSyntheticNetAtOnce(t *testing.T) {
	const items, latency = 64, 200 * time.Millisecond
	needs := syntheticNeeds(t, latency)
	for _, name := range []string{"async", "hybrid"} {
		began := time.Now()
		r := run(t, musterCmd(t, slices.Concat([]string{"synthetic", "net", fmt.Sprint(items), "--strategy", name, "-o", "json"}, needs[2:])...))
		took := time.Since(began)
		r.parse(t, itemsTo(items))
		if r.code != 0 || took < latency || took > 15*latency {
			t.Errorf("%s: exit code %d, %v", name, r.code, took)
		}
	}
}

// A run that is cut short accounts for every item too.
func TestSyntheticDeadline(t *testing.T) {
	const items = 64
	needs := syntheticNeeds(t, time.Hour)
	args := slices.Concat([]string{"synthetic", "net", fmt.Sprint(items), "-n", "2", "-f", "4", "--deadline", "500ms", "-o", "json"}, needs[2:])
	r := run(t, musterCmd(t, args...))
	d := r.parse(t, itemsTo(items))
	got := d.Summary.ByStatus
	if r.code != 124 || got[fleet.StatusCanceled] > 8 || got[fleet.StatusCanceled]+got[fleet.StatusSkipped] != items {
		t.Errorf("exit code %d, %v", r.code, got)
	}
}

package synthetic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/internal/fleet"
	"muster/internal/scratch"
	"muster/internal/wire"
	"muster/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// jobOf is a job of a kind, with some items at once.
func jobOf(fanout int, args ...string) wire.Job {
	return wire.Job{Run: "test", Task: Name, Fanout: fanout, ConnectTimeoutMS: 10_000, TimeoutMS: 10_000, Args: args}
}

// does has a job's task do items 0 to n-1, and returns the outcome of each.
func does(t *testing.T, job wire.Job, n int) []fleet.Outcome {
	t.Helper()
	task, err := Open(job, nil)
	if err != nil {
		t.Fatal(err)
	}
	hosts := make(chan fleet.Host, n)
	for i := range n {
		name := fmt.Sprintf("item%d", i)
		hosts <- fleet.Host{Num: i, Name: name, Label: name}
	}
	close(hosts)
	var mu sync.Mutex
	got := map[int]fleet.Outcome{}
	err = task.Do(t.Context(), worker.Feed{Hosts: hosts}, func(e fleet.Event) {
		mu.Lock()
		defer mu.Unlock()
		if o, ok := e.(fleet.Outcome); ok {
			got[o.Num] = o
		}
	})
	if err != nil || len(got) != n {
		t.Fatalf("%d outcomes of %d items, %v", len(got), n, err)
	}
	outcomes := make([]fleet.Outcome, n)
	for num, o := range got {
		outcomes[num] = o
	}
	return outcomes
}

// all fails the test where an outcome has another status or phase.
func all(t *testing.T, outcomes []fleet.Outcome, status fleet.Status, phase fleet.Phase) {
	t.Helper()
	for i, o := range outcomes {
		if o.Status != status || o.Phase != phase || (o.Error == "") != (status == fleet.StatusOK) {
			t.Errorf("item %d: %s, %q, %q; want %s, %q", i, o.Status, o.Phase, o.Error, status, phase)
		}
		if o.Attempts != 1 || o.StartedAt == nil || time.Since(*o.StartedAt) > time.Minute || o.DurationMS == nil || *o.DurationMS < 0 {
			t.Errorf("item %d: %+v", i, o)
		}
	}
}

// filesIn makes a few files to read.
func filesIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := scratch.Make(t.Context(), dir, 2, 64*scratch.Block); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenRefuses(t *testing.T) {
	for _, args := range [][]string{nil, {"gpu"}, {"cpu", "x"}, {"disk"}, {"net", "a", "b"}, {"mixed", "x"}, {""}} {
		if _, err := Open(jobOf(1, args...), nil); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestItemsThatAreNone(t *testing.T) {
	for _, name := range []string{"item", "web1", "item-1", "item1x", "item99999999999999999999"} {
		o := work(cpu).do(t.Context(), fleet.Host{Name: name})
		all(t, []fleet.Outcome{o}, fleet.StatusParse, fleet.PhaseExec)
	}
}

// The kinds of which mixed is made are told apart by what makes them fail.
func TestMixed(t *testing.T) {
	got := does(t, jobOf(2, "mixed", t.TempDir(), refusing(t)), 7)
	for i, o := range got {
		want := []fleet.Status{fleet.StatusOK, fleet.StatusLocal, fleet.StatusRefused}[i%3]
		if o.Status != want {
			t.Errorf("item %d: %s, want %s", i, o.Status, want)
		}
	}
	all(t, does(t, jobOf(2, "mixed", filesIn(t), serving(t, 0)), 7), fleet.StatusOK, "")
}

// Whatever the kind, an item that is under way when its run is stopped ends as canceled, and soon.
func TestStopped(t *testing.T) {
	for kind, w := range map[string]work{
		"cpu": cpu, "disk": disk("test", filesIn(t)), "net": network(jobOf(1), serving(t, time.Hour)), "shared": shared,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		o := w.do(&looks{ctx, 1}, fleet.Host{Name: "item1"})
		cancel()
		if o.Status != fleet.StatusCanceled || o.Error != "stopped" {
			t.Errorf("%s: %s, %q", kind, o.Status, o.Error)
		}
		if *o.DurationMS > 5000 {
			t.Errorf("%s: after %v ms", kind, *o.DurationMS)
		}
	}
}

// looks is a context that is cancelled for whoever has looked at it so often, however fast an item is done.
type looks struct {
	context.Context
	left int
}

func (l *looks) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return l.Context.Err()
}

func TestChain(t *testing.T) {
	sum, done := chain(t.Context(), 1)
	const zeros = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" // sha256sum of 32 of them
	if !done || hex.EncodeToString(sum[:]) != zeros {
		t.Errorf("%x, %t", sum, done)
	}
	if again, _ := chain(t.Context(), 2); again != sha256.Sum256(sum[:]) {
		t.Errorf("%x", again)
	}
}

func TestCPU(t *testing.T) {
	all(t, does(t, jobOf(2, "cpu"), 6), fleet.StatusOK, "")
	if n := testing.AllocsPerRun(1, func() { cpu(t.Context(), 0) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDisk(t *testing.T) {
	dir := filesIn(t)
	all(t, does(t, jobOf(8, "disk", dir), 20), fleet.StatusOK, "")
	files, err := scratch.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files { // half of the blocks are no longer what was written
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clear(content[len(content)/2:])
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all(t, does(t, jobOf(8, "disk", dir), 20), fleet.StatusLocal, fleet.PhaseExec)
	all(t, does(t, jobOf(1, "disk", t.TempDir()), 2), fleet.StatusLocal, fleet.PhaseExec)
}

// Within a run no block of a file is read twice before all were, and each run reads in an order of its own.
func TestPlaces(t *testing.T) {
	const blocks = 4 * reads
	seen := map[int]int{}
	for turn := range 8 {
		for _, block := range places("a", 3, turn, blocks) {
			seen[block]++
		}
	}
	for block := range blocks {
		if seen[block] != 2 {
			t.Errorf("block %d is read %d times in two rounds", block, seen[block])
		}
	}
	first := places("a", 3, 0, blocks)
	if !slices.Equal(first, places("a", 3, 0, blocks)) {
		t.Error("chance is not the same again")
	}
	if slices.Equal(first, places("b", 3, 0, blocks)) || slices.Equal(first, places("a", 4, 0, blocks)) {
		t.Error("the same places again")
	}
}

// Look-ups lead where arithmetic says, and all entries are one circle.
func TestShared(t *testing.T) {
	all(t, does(t, jobOf(4, "shared"), 20), fleet.StatusOK, "")
	at := next(7)
	for n := range 100 {
		if got := ahead(next(7), n); got != at {
			t.Errorf("%d steps: %d, want %d", n, got, at)
		}
		at = table()[at]
	}
	for i, at := range table() {
		if at != next(uint32(i)) {
			t.Fatalf("entry %d is %d", i, at)
		}
	}
	steps := 1
	for at := next(0); at != 0 && steps <= entries; at = next(at) {
		steps++
	}
	if steps != entries {
		t.Errorf("a circle of %d entries, want %d", steps, entries)
	}
}

// Workers of one process have one table.
func TestSharedIsShared(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() { all(t, does(t, jobOf(1, "shared"), 2), fleet.StatusOK, "") })
	}
	workers.Wait()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*entries*3/2 {
		t.Errorf("%d MiB allocated for 8 workers, a table has %d", got>>20, 4*entries>>20)
	}
}

// A table that is not what it should be is noticed.
func TestSharedChecks(t *testing.T) {
	at := next(3 * (entries / 97))
	defer func(was uint32) { table()[at] = was }(table()[at])
	table()[at] = at
	all(t, does(t, jobOf(1, "shared"), 4)[3:], fleet.StatusExit, fleet.PhaseExec)
}

package child

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	roles["slack"] = func([]string) { fmt.Print(slack()) }
	roles["slack of two"] = func([]string) {
		guest := must(self("slack"))
		theirs, _ := io.ReadAll(guest)
		guest.Wait()
		fmt.Printf("%d, %s", slack(), theirs)
	}
	roles["policy"] = func([]string) { fmt.Print(policy()) }
	roles["batch"] = func([]string) { batch() }
	roles["idle as it is"] = func([]string) {
		for _, id := range threads() {
			schedule(id, unix.SCHED_NORMAL, unix.SCHED_IDLE)
		}
		batch()
	}
}

// batch has threads, joins the batch, makes more, and says how it was scheduled before, how after, and how what it starts then
// is.
func batch() {
	makeThreads()
	before := policy()
	Batch()
	makeThreads()
	guest := must(self("policy"))
	theirs, _ := io.ReadAll(guest)
	guest.Wait()
	fmt.Printf("%s, %s; a child of it: %s", before, policy(), theirs)
}

func makeThreads() {
	var made sync.WaitGroup
	for range 8 {
		made.Add(1)
		go func() {
			runtime.LockOSThread()
			made.Done()
			stay()
		}()
	}
	made.Wait()
}

// policy is how all threads of this process are scheduled; several, where they are not alike.
func policy() string {
	names := map[uint32]string{unix.SCHED_NORMAL: "usual", unix.SCHED_BATCH: "batch", unix.SCHED_IDLE: "idle"}
	found := map[string]bool{}
	for _, id := range threads() {
		if attr, err := unix.SchedGetAttr(id, 0); err == nil {
			found[names[attr.Policy]] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " and ")
}

// All threads of a process are in the batch, and none of those of what it starts; and a process of which somebody else has
// decided is not.
func TestBatch(t *testing.T) {
	for role, want := range map[string]string{
		"batch":         "usual, batch; a child of it: usual",
		"idle as it is": "idle, idle; a child of it: idle",
	} {
		out, err := io.ReadAll(start(t, self(role)))
		if err != nil || string(out) != want {
			t.Errorf("%s: %q, want %q, %v", role, out, want, err)
		}
	}
}

// slack is how late the timers of a thread of this process may be, in ns.
func slack() int {
	ns, _ := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	return ns
}

// The timers of a process that is going to be a batch may be late, and not those of what it starts, nor of what else its parent
// starts. Timers that were made late by somebody else are what they were.
func TestBatchSlack(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer setSlack(slack())
	batch := self("slack of two")
	batch.Batch = true
	if slack() == usualSlack { // of all threads, one of which Start has for itself
		if out, err := io.ReadAll(start(t, batch)); err != nil || string(out) != "5000000, 50000" {
			t.Errorf("%q, %v", out, err)
		}
	}
	for _, c := range []struct {
		ours         int
		batch, other string
	}{{usualSlack, "5000000, 50000", "50000"}, {70_000, "70000, 70000", "70000"}} {
		setSlack(c.ours)
		for _, r := range []struct {
			spec Spec
			want string
		}{{batch, c.batch}, {self("slack"), c.other}} {
			restore := scheduling(r.spec.Batch)
			cmd := command(r.spec)
			out, err := cmd.Output()
			restore()
			if err != nil || string(out) != r.want || slack() != c.ours {
				t.Errorf("%q, want %q, %v; then ours is %d", out, r.want, err, slack())
			}
		}
	}
}

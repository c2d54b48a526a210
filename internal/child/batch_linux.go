package child

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// batched is set once Batch has changed something.
var batched atomic.Bool

// Batch has the kernel schedule this process as work of which nobody waits for each step (SCHED_BATCH, sched(7); Linux only):
// when what it waits for has come, it does not cut off whoever runs, so that processes that share a core change places less
// often. What Start starts from then on is scheduled as before. It does nothing where another way was chosen for this process.
func Batch() { join() }

var join = sync.OnceFunc(func() {
	for changed := true; changed; { // a thread that is new is scheduled as that which made it
		changed = false
		for _, id := range threads() {
			changed = schedule(id, unix.SCHED_NORMAL, unix.SCHED_BATCH) || changed
		}
		if changed {
			batched.Store(true)
		}
	}
})

// How late a thread's timers may be, so that the kernel wakes up for several at once, in ns (PR_SET_TIMERSLACK, prctl(2)): usually,
// and in a batch. The runtime of Go has a thread that, whenever there is something to do, looks each 20 µs for a while whether it
// has to help: with hosts that are 20 ms away that is 5 % of all CPU. It is in vain but where another thread keeps the only core to
// itself and waits, as for a child. A thread has its slack from the one that made it, and may give it to no other: it is a process's
// from its start, or not at all.
const (
	usualSlack = 50_000
	batchSlack = 5_000_000
)

// scheduling has this thread, and so what it starts, be scheduled as before Batch, with timers as late as those of a batch or as is
// usual, until what it returns is called. Timers that somebody else has made late stay so.
func scheduling(batch bool) (restore func()) {
	rejoin := batched.Load() && schedule(0, unix.SCHED_BATCH, unix.SCHED_NORMAL)
	slack, _ := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	late := slack
	switch {
	case batch && slack == usualSlack:
		late = batchSlack
	case !batch && slack == batchSlack:
		late = usualSlack
	}
	if late != slack {
		setSlack(late)
	}
	return func() {
		if rejoin {
			schedule(0, unix.SCHED_NORMAL, unix.SCHED_BATCH)
		}
		if late != slack {
			setSlack(slack)
		}
	}
}

func setSlack(ns int) { unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(ns), 0, 0, 0) } // which cannot fail

// threads are the numbers of this process's threads.
func threads() []int { return numbers("/proc/self/task") }

// schedule has a thread of ours, 0 for this one, be scheduled otherwise than before, and reports whether it is.
func schedule(thread int, before, now uint32) bool {
	attr, err := unix.SchedGetAttr(thread, 0)
	if err != nil || attr.Policy != before {
		return false
	}
	attr.Policy, attr.Runtime = now, 0 // it has read a slice of time there, which is the kernel's to choose
	return unix.SchedSetAttr(thread, attr, 0) == nil
}

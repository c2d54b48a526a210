// Package worker is the child's side of muster: it reads a job and hosts from its input, has a task visit them, and
// writes what comes of it to its output, in the frames of package wire.
//
// Serve has no effect on the process it runs in, so that many can run in one; Main adds what only a process may do.
package worker

import (
	"bytes"
	"context"
	"iter"
	"sync"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// Task does the job's work on hosts as they come. For each it emits fleet.Start before it touches the host and one
// fleet.Outcome after; a task that runs once for all its hosts, a group, emits fleet.Start with the number of the attempt,
// and one fleet.Group, the outcome of every host that has none of its own.
//
// Do returns when no more hosts come and all it took are done, or soon after ctx is cancelled: it then takes no further
// host and cuts off what is in flight. Its error means that the task could not work at all, never that a host failed.
type Task interface {
	Do(ctx context.Context, feed Feed, emit Emit) error
}

// Feed is where a task's hosts come from. A task takes either.
type Feed struct {
	Hosts <-chan fleet.Host // each as soon as it may be begun; closed after the last
	Group <-chan Labels     // all of them, once the last has come
}

// Labels are hosts of which a task needs no more than what they are called, or any lines in their place.
type Labels struct {
	First int // the number of the first; the others have those that follow
	Count int
	Lines []byte // each ends with a newline
}

// All yields each label with its number.
func (l Labels) All() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		num := l.First
		for line := range bytes.Lines(l.Lines) {
			if !yield(num, string(line[:len(line)-1])) {
				return
			}
			num++
		}
	}
}

// Emit reports an event to the parent. It is safe for many goroutines and waits where the parent is slow.
type Emit func(fleet.Event)

// Ask has the parent judge a host key. It is safe for many goroutines. Any error is a refusal.
type Ask func(context.Context, fleet.HostKey) (fleet.Verdict, error)

// Open makes the task that a job names.
type Open func(job wire.Job, ask Ask) (Task, error)

// PerHost is the Task that visits each host on its own, up to fanout of them at once.
func PerHost(fanout int, do Visit) Task { return perHost{fanout, do} }

// Visit works on one host. It calls begin, once, before it touches the host, however long it waits for that: only if ctx is
// done first, it need not. The outcome that it returns is emitted for the host; it may emit output of the host before.
type Visit func(ctx context.Context, h fleet.Host, begin func(), emit Emit) fleet.Outcome

type perHost struct {
	fanout int
	do     Visit
}

func (t perHost) Do(ctx context.Context, feed Feed, emit Emit) error {
	var all sync.WaitGroup
	for range t.fanout {
		all.Go(func() { t.visitAll(ctx, feed.Hosts, emit) })
	}
	all.Wait()
	return nil
}

func (t perHost) visitAll(ctx context.Context, hosts <-chan fleet.Host, emit Emit) {
	for {
		select {
		case <-ctx.Done():
			return
		case h, more := <-hosts:
			if !more || ctx.Err() != nil {
				return
			}
			begun := false
			outcome := t.do(ctx, h, func() { begun = true; emit(fleet.Start{Num: h.Num}) }, emit)
			outcome.Num = h.Num
			if begun {
				emit(outcome)
			}
		}
	}
}

package orchestrator

import (
	"cmp"
	"fmt"
	"time"

	"muster/internal/launch"
)

// Engine is what takes workers to other machines, as far as a run has to know of it.
type Engine interface {
	// Queued reports whether a worker, which has said nothing yet, waits for others to make room.
	Queued(worker int) bool
	// NodeFailed says that a worker was lost on this node, which may be down.
	NodeFailed(node string)
	// LaunchFailed says how what was to launch a worker ended without one.
	LaunchFailed(how launch.Exit)
}

// A far worker is one behind a prefix. Between it and us there are relays, queues and nodes, which fail by themselves: what
// they do blames no host, and one launch that fails says little of others.

// farPatience is how long a run waits for far workers.
func farPatience() patience {
	return patience{hello: ticks(60 * time.Second), queue: ticks(time.Hour), silent: ticks(30 * time.Second)}
}

// farOutside reports whether a far worker ended otherwise than by what it did itself, which is code 1 or, where it crashed,
// 2. What ran it says 0 for a node that died, 255 or 128 and a signal's number.
func farOutside(e launch.Exit) bool { return e.Code != 1 && e.Code != 2 }

// unheard kills a worker of which nothing is heard.
func (s *supervisor) unheard(w *worker, why string) {
	w.unheard = true
	s.doom(w, why)
}

// waits lets time pass for a worker in a queue: it is not on its way yet.
func (s *supervisor) waits(w *worker) {
	w.born = s.now
	if w.queued++; w.queued >= s.patience.queue {
		s.unheard(w, fmt.Sprintf("waited in the queue for %v", time.Duration(s.patience.queue)*tickEvery))
	}
}

// unreached settles a far worker that ended before hello. Until some worker has said hello, nobody knows whether any will:
// those on their way are waited for, and where all fail, the run does. After that it is a death like others.
func (s *supervisor) unreached(w *worker, ev exit) {
	if s.reached {
		s.crash(w, startFailure(w, ev), true)
		return
	}
	s.failure = cmp.Or(s.failure, startFailure(w, ev))
	if len(s.living) == 0 {
		s.do(fail{s.failure})
		s.stop(false)
	}
}

// doubtful reports whether launching may not work at all: none is tried before that is known.
func (s *supervisor) doubtful() bool { return !s.reached && s.failure != "" }

// tellEngine tells the engine of a worker that is lost, before the supervisor forgets it.
func (r *run) tellEngine(talk *conversation, how launch.Exit) {
	w := r.super.workers[talk.id]
	switch {
	case r.Engine == nil || w.done || r.super.stopping:
	case !w.greeted:
		r.Engine.LaunchFailed(how)
	case w.unheard || how.Success(): // a node that died, as Slurm has it
		r.Engine.NodeFailed(talk.report.Node)
	}
}

// queued asks the engine which workers wait, and tells the sink how many.
func (r *run) queued() map[int]bool {
	if r.Engine == nil {
		return nil
	}
	queued := map[int]bool{}
	for id, w := range r.super.workers {
		if !w.greeted && r.Engine.Queued(id) {
			queued[id] = true
		}
	}
	if r.Sink.Queued != nil {
		r.Sink.Queued(len(queued))
	}
	return queued
}

package orchestrator

import (
	"fmt"
	"time"
)

// tick lets time pass for every worker.
func (s *supervisor) tick(ev tick) {
	s.now++
	for _, w := range s.living {
		w.inQueue = !w.greeted && w.killed == 0 && ev.queued[w.id]
		switch {
		case w.killed > 0:
			if s.now-w.killed == killGrace {
				s.do(abandon{worker: w.id})
			}
		case w.leaving > 0:
			s.climb(w)
		case w.inQueue:
			s.waits(w)
		case !w.greeted:
			if s.now-w.born >= s.patience.hello {
				s.unheard(w, fmt.Sprintf("said no hello within %v", time.Duration(s.patience.hello)*tickEvery))
			}
		case ev.held[w.id]:
		default:
			if w.quiet++; !ev.quiet[w.id] {
				w.quiet = 0
			}
			if ev.taking[w.id] {
				w.moved = s.now
			}
			s.stalled(w)
		}
	}
	s.makeRoom()
}

// stalled ends a worker that has been silent for too long, or whose host has taken longer than it can: a beat proves
// the process, not progress.
func (s *supervisor) stalled(w *worker) {
	if w.quiet >= s.patience.silent {
		s.unheard(w, fmt.Sprintf("was silent for %v", time.Duration(s.patience.silent)*tickEvery))
		return
	}
	if len(w.started) == 0 && !w.idle() && s.now-w.moved >= s.patience.silent {
		s.doom(w, fmt.Sprintf("had nothing in flight for %v", time.Duration(s.patience.silent)*tickEvery))
		return
	}
	for _, num := range sorted(w.started) {
		if s.patience.host > 0 && s.now-w.started[num] > s.patience.host {
			what := "its script"
			if num != theGroup {
				host, _ := w.fed.host(num)
				what = "host " + s.labels[host]
			}
			s.doom(w, fmt.Sprintf("did not end %s in its time", what))
			return
		}
	}
}

// doom kills a worker for what it did. What it has said so far stands; what is in flight in it is suspect.
func (s *supervisor) doom(w *worker, why string) {
	w.doomed = why
	s.kill(w)
}

func (s *supervisor) kill(w *worker) {
	if w.killed == 0 {
		w.killed = max(s.now, 1)
	}
	s.do(kill{worker: w.id})
}

// stop ends the run: every worker is asked to leave, and what is not fed is skipped.
func (s *supervisor) stop(now bool) {
	s.stopping = true
	for _, w := range s.living {
		switch {
		case now:
			s.kill(w)
		case w.done:
			w.leaving = s.now // so far it had time to leave; now it climbs as all others do
		default:
			s.leave(w)
		}
	}
	for _, sl := range s.slots {
		s.skip(sl.queue, "")
	}
	s.skip(&s.suspects, "")
}

// leave starts the ladder of a worker: close its input, then terminate, then kill, with some time between.
func (s *supervisor) leave(w *worker) {
	if w.leaving > 0 || w.doomed != "" {
		return
	}
	w.leaving = max(s.now, 1)
	s.do(closing{worker: w.id})
}

// climb takes the next step of a worker's ladder when it is due: soon, unless the worker is done and nobody is in a
// hurry, when it may take as long to leave as it may to come.
func (s *supervisor) climb(w *worker) {
	step := ladderStep
	if w.done && !s.stopping {
		step = s.patience.hello
	}
	switch s.now - w.leaving {
	case step:
		if w.mute && !w.done && !s.stopping {
			w.doomed = "closed its output before it was done"
		}
		s.do(terminate{worker: w.id})
	case 2 * step:
		s.kill(w)
	}
}

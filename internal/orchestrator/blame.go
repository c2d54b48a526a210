package orchestrator

import (
	"fmt"
	"slices"

	"muster/internal/fleet"
)

// exit settles what a worker that has ended leaves behind.
func (s *supervisor) exit(ev exit) {
	w := s.workers[ev.worker]
	delete(s.workers, w.id)
	w.slot.worker = nil
	how := ev.how
	if w.doomed != "" {
		how = w.doomed
	}
	switch {
	case w.done:
		// Nothing is blamed after done; that we lost patience with how long it took to leave is not even said.
		if ev.failed && s.now-w.leaving < ladderStep {
			s.do(warn{fmt.Sprintf("worker %d (pid %d) was done, then %s", w.id, w.pid, how)})
		}
	case s.stopping:
		s.cutOff(w)
	case !w.greeted && (w.doomed != "" || !ev.outside):
		s.do(fail{"worker start: " + how})
		s.stop(false)
	default:
		s.crash(w, how, ev.outside && w.doomed == "")
	}
}

// cutOff gives what a worker held when the run stopped its outcome.
func (s *supervisor) cutOff(w *worker) {
	for _, num := range sorted(w.fed) {
		o := fleet.Outcome{Status: fleet.StatusSkipped}
		if _, started := w.started[num]; started {
			o = fleet.Outcome{Status: fleet.StatusCanceled, Attempts: 1, WorkerPID: w.pid}
		}
		s.finish(w.fed[num], o)
	}
}

// crash blames. Hosts that were in flight become suspects and run again alone; the rest go back to where they came
// from. A host that brings its worker down while alone in flight is lost the second time; by a kill from outside,
// which blames nobody at first, the third.
func (s *supervisor) crash(w *worker, how string, outside bool) {
	sl := w.slot
	flying := sorted(w.started)
	waiting := slices.DeleteFunc(sorted(w.fed), func(num int) bool { _, started := w.started[num]; return started })
	s.do(warn{fmt.Sprintf("worker %d (pid %d) %s; hosts to do again: %d", w.id, w.pid, how, len(w.fed))})
	sl.barren++
	switch {
	case s.grouped:
		s.crashGroup(w, how)
	case len(flying) == 1 && s.condemned(w.fed[flying[0]], outside):
		host := w.fed[flying[0]]
		text := "brought its worker down twice: " + how
		if outside {
			text = fmt.Sprintf("its worker was killed %d times (possibly out of memory): %s", soloKills, how)
		}
		s.requeue(w, waiting)
		sl.barren = 0
		s.finish(host, fleet.Outcome{
			Status: fleet.StatusLost, Error: text, Attempts: s.hosts[host].crashes + s.hosts[host].kills, WorkerPID: w.pid,
		})
	default:
		s.requeue(w, waiting)
		for _, num := range flying {
			s.suspects = append(s.suspects, w.fed[num])
		}
	}
	sl.ready = s.now + min(1<<max(sl.barren-1, 0), maxBackoff)
	if sl.barren >= barrenDeaths {
		s.giveUp(sl, how)
	}
}

// condemned records the death of a worker in which host was alone in flight and reports whether that was one too many.
func (s *supervisor) condemned(host int, outside bool) bool {
	v := &s.hosts[host]
	if outside {
		v.kills++
	} else {
		v.crashes++
	}
	return v.crashes >= soloCrashes || v.kills >= soloKills
}

// crashGroup reruns a group whole, where that was asked for, or loses it whole: what its script did is not known.
func (s *supervisor) crashGroup(w *worker, how string) {
	if w.slot.reruns < s.regroup || len(w.started) == 0 {
		if len(w.started) > 0 {
			w.slot.reruns++
		}
		s.requeue(w, sorted(w.fed))
		return
	}
	for _, num := range sorted(w.fed) {
		s.finish(w.fed[num], fleet.Outcome{
			Status: fleet.StatusLost, Error: "its group's worker " + how, Attempts: 1 + w.slot.reruns, WorkerPID: w.pid,
		})
	}
}

// requeue puts hosts back to the front of the queue that they were fed from.
func (s *supervisor) requeue(w *worker, nums []int) {
	hosts := make([]int, 0, len(nums))
	for _, num := range nums {
		hosts = append(hosts, w.fed[num])
	}
	*w.slot.queue = append(hosts, *w.slot.queue...)
}

// giveUp leaves a slot without a worker for good. Its hosts are skipped; suspects only when no other slot is left.
func (s *supervisor) giveUp(sl *slot, how string) {
	sl.gaveUp = true
	if sl.chunk == quarantine {
		for _, other := range s.slots[len(s.chunks):] {
			if !other.gaveUp {
				return
			}
		}
		if len(s.slots)-len(s.chunks) < len(s.chunks) {
			return
		}
	}
	s.do(warn{fmt.Sprintf("gave up on %d hosts: workers died %d times in a row", len(*sl.queue), barrenDeaths)})
	s.skip(sl.queue, fmt.Sprintf("its worker died %d times in a row: %s", barrenDeaths, how))
}

func (s *supervisor) skip(queue *[]int, why string) {
	hosts := *queue
	*queue = nil
	for _, host := range hosts {
		s.finish(host, fleet.Outcome{Status: fleet.StatusSkipped, Error: why})
	}
}

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
	s.living = slices.DeleteFunc(s.living, func(other *worker) bool { return other == w })
	w.slot.worker = nil
	if w.slot.chunk != quarantine {
		s.again = append(s.again, w.slot)
	}
	how := ev.how
	switch {
	case w.doomed != "":
		how = w.doomed
	case !ev.failed:
		how = "ended before it was done"
	}
	switch {
	case w.done:
		if ev.failed && !s.stopping {
			s.do(warn{fmt.Sprintf("worker %d (pid %d): was done, then %s", w.id, w.pid, how)})
		}
	case s.stopping:
		s.cutOff(w)
	case !w.greeted && ev.scarce && len(s.living) > 0:
		s.makeDo(w, how)
	case !w.greeted && s.far && ev.launched && (w.doomed == "" || w.unheard):
		s.unreached(w, ev)
	case !w.greeted && (w.doomed != "" || !ev.outside || ev.scarce):
		s.do(fail{startFailure(w, ev)})
		s.stop(false)
	default:
		s.crash(w, how, ev.outside && w.doomed == "" || s.far && w.unheard)
	}
}

// makeDo goes on with the workers that there are, where this machine has no room for one more. Its hosts wait for another.
func (s *supervisor) makeDo(w *worker, how string) {
	s.maxProcs = len(s.living)
	s.do(warn{fmt.Sprintf("worker %d: %s; no more than %d at once from now on", w.id, how, s.maxProcs)})
}

// startFailure says why a worker never worked.
func startFailure(w *worker, ev exit) string {
	switch {
	case !ev.launched:
		return ev.how
	case w.doomed != "":
		return fmt.Sprintf("worker start: %s; %s", w.doomed, ev.how)
	}
	return "worker start: " + ev.how
}

// cutOff gives what a worker held when the run stopped its outcome.
func (s *supervisor) cutOff(w *worker) {
	if s.grouped && !w.grouped && s.inFlight(w, theGroup) {
		g := fleet.Group{Status: fleet.StatusCanceled, Phase: fleet.PhaseExec, ExitCode: -1}
		s.do(grouped{worker: w.id, hosts: w.fed.open, chunk: w.slot.chunk, attempts: w.slot.attempts, group: g})
	}
	s.finish(fleet.Outcome{Status: fleet.StatusSkipped, WorkerPID: w.pid}, w.fed.hosts()...)
}

// crash blames. Hosts that were in flight become suspects and run again alone, those that were alone before at once; the
// rest, and those that a kill from outside hit for the first time, go back to where they came from. A host that brings its
// worker down while alone in flight is lost the second time; by a kill from outside, which blames nobody at first, the third.
func (s *supervisor) crash(w *worker, how string, outside bool) {
	sl := w.slot
	s.do(warn{fmt.Sprintf("worker %d (pid %d): %s; unanswered hosts: %d", w.id, w.pid, how, w.fed.open)})
	sl.barren++
	if s.grouped {
		s.crashGroup(w, how)
	} else {
		s.suspect(w, how, outside)
	}
	sl.ready = s.now + min(1<<max(sl.barren-1, 0), maxBackoff)
	if sl.barren >= barrenDeaths {
		s.giveUp(sl, how)
	}
}

// suspect settles where the hosts go that a worker held when it crashed.
func (s *supervisor) suspect(w *worker, how string, outside bool) {
	sl := w.slot
	flying := sorted(w.started)
	waiting := slices.DeleteFunc(w.fed.nums(), func(num int) bool { _, started := w.started[num]; return started })
	switch {
	case len(flying) == 1 && s.condemned(w.hostsOf(flying)[0], outside):
		host := w.hostsOf(flying)[0]
		text := "brought its worker down twice: " + how
		if outside {
			text = fmt.Sprintf("its worker was killed %d times (possibly out of memory): %s", soloKills, how)
		}
		s.requeue(w, waiting)
		sl.barren = 0
		s.finish(fleet.Outcome{Status: fleet.StatusLost, Error: text, WorkerPID: w.pid}, host)
	case sl.chunk == quarantine:
		s.requeue(w, waiting)
		s.requeue(w, flying)
	default:
		s.requeue(w, waiting)
		spared := slices.DeleteFunc(slices.Clone(flying), func(num int) bool { return !outside || !s.spare(w, num) })
		s.requeue(w, spared)
		flying = slices.DeleteFunc(flying, func(num int) bool { return slices.Contains(spared, num) })
		s.suspects = append(s.suspects, w.hostsOf(flying)...)
	}
}

// spare reports whether a host of a worker that was killed from outside is not suspected of it: the first time, among
// others. Hosts whose visits take too much memory are killed again.
func (s *supervisor) spare(w *worker, num int) bool {
	host, _ := w.fed.host(num)
	v := &s.hosts[host]
	spared := len(w.started) > 1 && !v.spared
	v.spared = v.spared || spared
	return spared
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

// crashGroup reruns a group whole, where that was asked for, or loses it whole: what its script did is not known. One
// whose script had not begun is run in any case.
func (s *supervisor) crashGroup(w *worker, how string) {
	switch {
	case w.grouped: // all that there is to know of it came before
	case !s.inFlight(w, theGroup), w.slot.attempts <= s.regroup && w.outcomes == 0:
		s.requeue(w, w.fed.nums())
	default:
		g := fleet.Group{Status: fleet.StatusLost, Error: "its group's worker: " + how, ExitCode: -1}
		s.do(grouped{chunk: w.slot.chunk, attempts: w.slot.attempts, group: g})
		s.finish(fleet.Outcome{Status: g.Status, Error: g.Error, WorkerPID: w.pid}, w.fed.hosts()...)
	}
}

// requeue puts hosts back to the front of the queue that they were fed from.
func (s *supervisor) requeue(w *worker, nums []int) {
	*w.slot.queue = append(w.hostsOf(nums), *w.slot.queue...)
}

// giveUp leaves a slot without a worker for good. Its hosts are skipped; suspects only when no other slot is left for them.
func (s *supervisor) giveUp(sl *slot, how string) {
	sl.gaveUp = fmt.Sprintf("its worker died %d times in a row: %s", barrenDeaths, how)
	if s.grouped && len(*sl.queue) > 0 {
		g := fleet.Group{Status: fleet.StatusSkipped, Error: sl.gaveUp, ExitCode: -1}
		if sl.attempts > 0 {
			g.Status = fleet.StatusCanceled
		}
		s.do(grouped{chunk: sl.chunk, attempts: sl.attempts, group: g})
	}
	if sl.chunk != quarantine {
		s.abandon(sl.queue, sl.gaveUp)
	}
}

// abandon skips hosts that nobody is left to visit.
func (s *supervisor) abandon(queue *[]int, why string) {
	if n := len(*queue); n > 0 {
		s.do(warn{fmt.Sprintf("gave up on %d hosts: workers died %d times in a row", n, barrenDeaths)})
		s.skip(queue, why)
	}
}

func (s *supervisor) skip(queue *[]int, why string) {
	hosts := *queue
	*queue = nil
	s.finish(fleet.Outcome{Status: fleet.StatusSkipped, Error: why}, hosts...)
}

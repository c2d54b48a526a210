package orchestrator

import "slices"

// schedule feeds workers that have room, tells those for whom nothing is left that the end has come, and launches others
// where there is work and room. It returns what that takes. Called once for all that has happened at a time, it feeds a worker
// at once what takes the places of all that it has answered for.
func (s *supervisor) schedule() []action {
	s.actions = nil
	if !s.stopping {
		for _, w := range s.living {
			s.supply(w, w.slot)
		}
		for _, w := range s.living {
			s.share(w)
			s.release(w)
		}
		s.launchAll()
	}
	if s.left == 0 && s.more && !s.waiting && !s.stopping {
		s.waiting = true
		s.do(over{})
	}
	return s.actions
}

// launchAll launches workers where there is work, and room for them.
func (s *supervisor) launchAll() {
	coming := s.openQuarantine()
	for _, sl := range s.again {
		s.launchWhereDue(sl)
	}
	s.again = slices.DeleteFunc(s.again, func(sl *slot) bool { return sl.worker != nil || sl.gaveUp != "" || len(*sl.queue) == 0 })
	for s.begun < len(s.chunks) && len(s.workers) < s.maxProcs && !s.doubtful() {
		s.launchWhereDue(s.slots[s.begun])
		s.begun++
	}
	for _, sl := range s.slots[len(s.chunks):] {
		if coming < len(s.suspects) && s.launchWhereDue(sl) {
			coming++
		}
	}
}

func (s *supervisor) launchWhereDue(sl *slot) bool {
	due := !s.doubtful() && sl.worker == nil && sl.gaveUp == "" && len(*sl.queue) > 0 && sl.ready <= s.now && len(s.workers) < s.maxProcs
	if due {
		s.launch(sl)
	}
	return due
}

// openQuarantine makes as many slots for suspects as there are suspects waiting, at most one a chunk, and returns how many
// of their workers have yet to take one. When it gave up on all of the slots, the suspects are skipped.
func (s *supervisor) openQuarantine() (coming int) {
	var busy, idle int
	var gaveUp string
	for _, sl := range s.slots[len(s.chunks):] {
		switch {
		case sl.gaveUp != "":
			gaveUp = sl.gaveUp
		case sl.worker != nil && !sl.worker.greeted && sl.worker.doomed == "":
			coming++
		case sl.worker != nil:
			busy++
		default:
			idle++
		}
	}
	for len(s.slots) < 2*len(s.chunks) && coming+idle < len(s.suspects) {
		s.slots = append(s.slots, &slot{chunk: quarantine, queue: &s.suspects})
		idle++
	}
	if busy+coming+idle == 0 {
		s.abandon(&s.suspects, gaveUp)
	}
	return coming
}

func (s *supervisor) launch(sl *slot) {
	if s.bound(sl) {
		sl.place = s.placeForSuspects()
	}
	s.lastID++
	w := &worker{id: s.lastID, slot: sl, born: s.now, started: map[int]int{}, said: map[int]said{}}
	sl.worker, s.workers[w.id] = w, w
	s.living = append(s.living, w)
	s.do(launchWorker{worker: w.id, place: sl.place, chunk: sl.chunk, fanout: s.flights(sl), window: s.window(sl), attempt: sl.attempts + 1})
}

// flights is how many hosts a slot's worker has in flight: one, where it is to be seen which host brings it down.
func (s *supervisor) flights(sl *slot) int {
	if sl.chunk == quarantine {
		return 1
	}
	return s.fanout
}

// window is how many hosts a slot's worker may have unanswered: enough that it never waits for us, few enough that a
// crash strands few. Where others may take what it has not begun, it has no more than it can begin.
func (s *supervisor) window(sl *slot) int {
	switch {
	case s.grouped:
		return max(len(s.chunks[sl.chunk]), 1)
	case s.steal:
		return s.flights(sl)
	}
	return 2 * s.flights(sl)
}

// room is how many hosts a worker can be fed now.
func (s *supervisor) room(w *worker) int {
	room := s.window(w.slot) - w.fed.open
	// Wait for some room rather than send every host in a line of its own, unless a place in flight is empty meanwhile.
	if !w.listens() || !s.steal && w.fed.open > 0 && room < (s.flights(w.slot)+1)/2 {
		return 0
	}
	return room
}

// listens reports whether a worker may be told anything more.
func (w *worker) listens() bool { return w.greeted && !w.ended && w.leaving == 0 && w.doomed == "" }

// supply feeds a worker that has room from the queue of a slot, its own or another.
func (s *supervisor) supply(w *worker, from *slot) {
	hosts := s.take(from, s.room(w))
	if len(hosts) == 0 {
		return
	}
	w.moved = s.now
	s.do(feed{worker: w.id, first: s.lastNum + 1, hosts: hosts})
	w.fed.add(s.lastNum+1, hosts)
	s.lastNum += len(hosts)
}

// release tells a worker the end for which nothing is left.
func (s *supervisor) release(w *worker) {
	full := s.steal && s.room(w) == 0 // there is time to see whether something is left
	if !w.listens() || s.someFor(w.slot) || full || s.kept(w) || s.takes(w) {
		return
	}
	w.ended = true
	s.wanted = max(s.wanted-1, 0)
	s.do(end{worker: w.id})
}

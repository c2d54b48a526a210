package orchestrator

import "slices"

// schedule launches workers where there is work and room, feeds those that have room, and tells those for whom nothing
// is left that the end has come.
func (s *supervisor) schedule() {
	if s.stopping {
		return
	}
	for _, w := range s.living {
		s.supply(w)
	}
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
// crash strands few.
func (s *supervisor) window(sl *slot) int {
	if s.grouped {
		return max(len(s.chunks[sl.chunk]), 1)
	}
	return 2 * s.flights(sl)
}

func (s *supervisor) supply(w *worker) {
	if !w.greeted || w.ended || w.leaving > 0 || w.doomed != "" {
		return
	}
	room := s.window(w.slot) - w.fed.open
	// Wait for some room rather than send every host in a line of its own.
	if w.fed.open > 0 && room < (s.flights(w.slot)+1)/2 {
		return
	}
	if hosts := s.take(w.slot, room); len(hosts) > 0 {
		w.moved = s.now
		s.do(feed{worker: w.id, first: s.lastNum + 1, hosts: hosts})
		w.fed.add(s.lastNum+1, hosts)
		s.lastNum += len(hosts)
	}
	if !s.someFor(w.slot) && !s.kept(w) {
		w.ended = true
		s.wanted = max(s.wanted-1, 0)
		s.do(end{worker: w.id})
	}
}

package orchestrator

import "slices"

// begin begins a beat: every host is in the queue of its chunk, and nothing is held against it, or a slot, that it did in
// the last. A run that is stopping begins no more.
func (s *supervisor) begin(more bool) {
	if s.stopping {
		return
	}
	s.more, s.waiting = more, false
	for chunk, members := range s.chunks {
		sl := s.slots[chunk]
		*sl.queue = members[:len(members):len(members)]
		sl.barren, sl.gaveUp = 0, ""
		for _, host := range members {
			s.hosts[host] = visit{chunk: int32(chunk)}
		}
		s.left += len(members)
	}
	s.slots = slices.DeleteFunc(s.slots, func(sl *slot) bool { return sl.chunk == quarantine && sl.worker == nil })
	for _, sl := range s.slots[len(s.chunks):] {
		sl.barren, sl.gaveUp = 0, ""
	}
	s.again = slices.DeleteFunc(slices.Clone(s.slots[:s.begun]), func(sl *slot) bool { return sl.worker != nil })
}

// kept reports whether a worker whose queue is empty stays for the next beat: not one that runs suspects, and none whose
// place others wait for, here or in an engine's queue, beside those places that are free or about to be.
func (s *supervisor) kept(w *worker) bool {
	if !s.more || w.slot.chunk == quarantine || s.wanted > 0 {
		return false
	}
	places, suspects := s.maxProcs-len(s.workers), len(s.suspects)
	for _, other := range s.living {
		if other.ended {
			places++
		}
		if other.slot.chunk == quarantine {
			suspects = 0 // they have somebody
		}
	}
	places -= suspects
	for _, slots := range [][]*slot{s.again, s.slots[s.begun:len(s.chunks)]} {
		for _, sl := range slots {
			if places < 0 {
				return false
			}
			if sl.worker == nil && sl.gaveUp == "" && len(*sl.queue) > 0 {
				places--
			}
		}
	}
	return places >= 0
}

// makeRoom has one of the workers that are kept go for each that has come to wait in an engine's queue. How soon that helps is
// not known here: for one that waits on, another goes after a while.
func (s *supervisor) makeRoom() {
	queued := 0
	for _, w := range s.living {
		if w.inQueue {
			queued++
			if w.queued%roomEvery == 1 {
				s.wanted++
			}
		}
	}
	s.wanted = min(s.wanted, queued)
}

// idle reports whether a worker has nothing to do, and is not to end.
func (w *worker) idle() bool { return w.fed.open == 0 && !w.ended }

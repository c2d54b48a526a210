package orchestrator

// With stealing, a worker whose queue is empty is fed from the longest of the others, as that one's own worker is: what comes
// next to a slow worker is often slow too, and best begun soon. Nothing is taken back from a worker: none is fed ahead of what
// it has in flight, so that what a slow one has not begun is still in a queue. A host that was stolen is from then on of its
// new worker's queue, also where that crashes.

// share feeds a worker that has room, and nothing in its queue, from those of others.
func (s *supervisor) share(w *worker) {
	for s.room(w) > 0 && s.takes(w) {
		sl := s.richest(false)
		if sl == nil {
			return
		}
		s.supply(w, sl.queue)
	}
}

// takes reports whether a worker may be fed from the queues of others, now or later.
func (s *supervisor) takes(w *worker) bool {
	return s.steal && len(*w.slot.queue) == 0 && s.mayStay(w) && s.richest(true) != nil
}

// richest is the slot that has the longest queue of all chunks that have had a worker; nil: all are empty. The queue of a
// worker that is on its way, which is about to take from it, counts only where that is said.
func (s *supervisor) richest(coming bool) (richest *slot) {
	most := 0
	consider := func(sl *slot) {
		if sl.chunk != quarantine && len(*sl.queue) > most {
			richest, most = sl, len(*sl.queue)
		}
	}
	for _, w := range s.living {
		if coming || w.greeted || w.doomed != "" {
			consider(w.slot)
		}
	}
	for _, sl := range s.again {
		consider(sl)
	}
	return richest
}

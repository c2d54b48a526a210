package orchestrator

import "slices"

// With stealing, a worker whose queue is empty is fed from the longest of the others, as that one's own worker is: what comes
// next to a slow worker is often slow too, and best begun soon. Nothing is taken back from a worker: none is fed ahead of what
// it has in flight, so that what a slow one has not begun is still in a queue. A host that was stolen is from then on of its
// new worker's queue, also where that crashes.

// share feeds a worker that has room, and nothing in its queue, from those of others. A chunk whose worker is on its way, or is
// to be launched again, is left to that.
func (s *supervisor) share(w *worker) {
	for s.room(w) > 0 && s.takes(w) {
		richest := w.slot
		for _, other := range s.living {
			if sl := other.slot; other.greeted && sl.chunk != quarantine && len(*sl.queue) > len(*richest.queue) {
				richest = sl
			}
		}
		if richest == w.slot {
			return
		}
		s.supply(w, richest)
	}
}

// takes reports whether a worker may be fed from the queues of others, now or, where workers are on their way, later.
func (s *supervisor) takes(w *worker) bool {
	waits := func(sl *slot) bool { return sl.chunk != quarantine && len(*sl.queue) > 0 }
	return s.steal && len(*w.slot.queue) == 0 && s.mayStay(w) &&
		(slices.ContainsFunc(s.living, func(other *worker) bool { return waits(other.slot) }) ||
			slices.ContainsFunc(s.again, waits) || slices.ContainsFunc(s.slots[s.begun:len(s.chunks)], waits))
}

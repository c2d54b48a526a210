package orchestrator

// With stealing, a worker whose queue is empty is fed from the longest of the others, by its end, where its own worker would
// come last. Nothing is taken back from a worker: none is fed ahead of what it has in flight, so that what a slow one has
// not begun is still in a queue. A host that was stolen is from then on of its new worker's queue, also where that crashes.

// source is the queue that a worker is to be fed from; an empty one, if there is none.
func (s *supervisor) source(w *worker) *[]int {
	own := w.slot.queue
	if !s.steal || len(*own) > 0 || !s.mayStay(w) {
		return own
	}
	longest := own
	for _, other := range s.living {
		longest = longer(longest, other.slot)
	}
	for _, sl := range s.again {
		longest = longer(longest, sl)
	}
	return longest
}

// longer is the queue of a chunk's slot where that has more than queue has, else queue.
func longer(queue *[]int, sl *slot) *[]int {
	if sl.chunk != quarantine && len(*sl.queue) > len(*queue) {
		return sl.queue
	}
	return queue
}

// take takes up to n hosts from a queue: from its front for its own worker, for another from its end.
func (w *worker) take(queue *[]int, n int) []int {
	hosts := *queue
	n = min(n, len(hosts))
	if queue == w.slot.queue {
		*queue = hosts[n:]
		return hosts[:n:n]
	}
	rest := len(hosts) - n
	*queue = hosts[:rest:rest]
	return hosts[rest:]
}

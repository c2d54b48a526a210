package orchestrator

import "slices"

// bound reports whether a slot is for suspects of one chunk, that of its place: what takes its worker elsewhere may be the only
// way to them.
func (s *supervisor) bound(sl *slot) bool { return s.far && sl.chunk == quarantine }

// fits reports whether a host in the queue of a slot may be visited by its worker.
func (s *supervisor) fits(sl *slot, host int) bool {
	return !s.bound(sl) || int(s.hosts[host].chunk) == sl.place
}

// placeForSuspects is where the first suspect is to run for whom no worker is on its way.
func (s *supervisor) placeForSuspects() int {
	coming := map[int]int{}
	for _, sl := range s.slots[len(s.chunks):] {
		if sl.worker != nil && !sl.worker.greeted && sl.worker.doomed == "" {
			coming[sl.place]++
		}
	}
	place := func(suspect int) int { return int(s.hosts[suspect].chunk) }
	first := slices.IndexFunc(s.suspects, func(suspect int) bool {
		coming[place(suspect)]--
		return coming[place(suspect)] < 0
	})
	return place(s.suspects[first]) // there is one: fewer are coming than wait
}

// someFor reports whether hosts wait for a slot's worker.
func (s *supervisor) someFor(sl *slot) bool {
	return slices.ContainsFunc(*sl.queue, func(host int) bool { return s.fits(sl, host) })
}

// take takes up to n hosts for a slot's worker out of its queue.
func (s *supervisor) take(sl *slot, n int) []int {
	if !s.bound(sl) {
		n = min(n, len(*sl.queue))
		hosts := (*sl.queue)[:n:n]
		*sl.queue = (*sl.queue)[n:]
		return hosts
	}
	var hosts, others []int
	for _, host := range *sl.queue {
		if len(hosts) < n && s.fits(sl, host) {
			hosts = append(hosts, host)
		} else {
			others = append(others, host)
		}
	}
	*sl.queue = others
	return hosts
}

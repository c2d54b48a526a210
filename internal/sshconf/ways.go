package sshconf

import "muster/internal/fleet"

// ways are those that many hosts may share: that have nothing of one host's own.
type ways map[alike]*fleet.Way

// alike is what such ways differ in.
type alike struct {
	trust, login int
	certified    bool
	via          *fleet.Host
}

// share returns w, the same for equal ways that hosts may share.
func (all ways) share(w fleet.Way) *fleet.Way {
	if w.Target != "" || w.HostName != "" || w.KnownAs != "" || w.Proxy != "" || len(w.Pins) > 0 {
		return new(w)
	}
	key := alike{w.Trust, w.Login, w.Certified, w.Via}
	if all[key] == nil {
		all[key] = new(w)
	}
	return all[key]
}

// prepare has a host, or a jump host, know the number that its login has in the end, and what is known of its keys.
func (all ways) prepare(h *fleet.Host, login []int, judge *Judge) {
	w := h.Way()
	w.Login = login[w.Login]
	*h = h.Along(w)
	judge.Prepare(h)
	h.Shared = all.share(h.Way())
}

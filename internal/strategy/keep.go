package strategy

// Keepable is how many connections each worker may keep beside those of the hosts in flight in it.
func (p Plan) Keepable(limits Limits) int {
	hosts := (limits.Files - spareFiles) / max(limits.HostFiles, 1)
	if !p.Processes {
		hosts /= max(p.MaxProcs, 1)
	}
	return max(hosts-p.Fanout, 0)
}

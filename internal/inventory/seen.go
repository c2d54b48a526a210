package inventory

import (
	"hash/maphash"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// seen finds hosts of a list that were named before. It keeps of each a hash of what makes up its ID after defaults: the IDs
// of a million hosts take 100 MB.
type seen struct {
	seed  maphash.Seed
	first map[uint64]int32           // the first host of a hash
	more  map[hostlist.Host]struct{} // those of whose hash another is the first
}

func newSeen(hosts int) *seen {
	return &seen{seed: maphash.MakeSeed(), first: make(map[uint64]int32, hosts), more: map[hostlist.Host]struct{}{}}
}

func idOf(h fleet.Host) hostlist.Host {
	return hostlist.Host{User: h.User, Name: h.Name, Port: h.Port}
}

// again reports whether h is one of hosts; if not, it is to be the next of them.
func (s *seen) again(h fleet.Host, hosts []fleet.Host) bool {
	id := idOf(h)
	return s.hashed(maphash.Comparable(s.seed, id), id, hosts)
}

func (s *seen) hashed(hash uint64, id hostlist.Host, hosts []fleet.Host) bool {
	first, known := s.first[hash]
	if !known {
		s.first[hash] = int32(len(hosts))
		return false
	}
	if idOf(hosts[first]) == id {
		return true
	}
	_, known = s.more[id]
	s.more[id] = struct{}{}
	return known
}

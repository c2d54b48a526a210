package hostlist

import "fmt"

// sizes count what terms name, repeats included, without expanding them: the hosts that are added, and those that others
// are compared with. Those of groups within are counted too, so that both bound the work, with how deep those are nested.
type sizes struct {
	added, compared uint64
	depth           int
}

// add counts one more term. It fails where that makes either more than limit.
func (s *sizes) add(t *term, limit int) *Error {
	size := sizes{added: t.size()}
	if t.groups != nil {
		size.added = 0
	}
	for _, g := range t.groups {
		size.added = add(size.added, max(g.size.added, 1))
		size.compared = add(size.compared, g.size.compared)
		s.depth = max(s.depth, g.size.depth+1)
	}
	if t.op == union || t.op == either {
		s.added = add(s.added, size.added)
		s.compared = add(s.compared, size.compared)
	} else {
		s.compared = add(s.compared, add(size.added, size.compared))
	}
	if most := max(s.added, s.compared); most > uint64(max(limit, 0)) {
		reason := fmt.Sprintf("%s hosts are more than the limit of %d", decimal(most), limit)
		return t.fail(reason, "--max-hosts sets the limit")
	}
	return nil
}

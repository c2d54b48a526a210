package child

import (
	"os"
	"slices"
	"testing"
)

func TestParseStat(t *testing.T) {
	const after = " S 7 12 11 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 2 3"
	want := process{pid: 12, parent: 7, session: 11, start: 98765}
	for _, name := range []string{"sh", "", ") R 1 1 1", "a\nb (", "))"} {
		if got, ok := parseStat(12, []byte("12 ("+name+")"+after+"\n")); !ok || got != want {
			t.Errorf("%q: %+v, %t", name, got, ok)
		}
	}
	for _, bad := range []string{"", "12", "12 (sh) S 7 12", "12 (sh) S x" + after[4:]} {
		if got, ok := parseStat(12, []byte(bad)); ok {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

// Both ways to find children find the same, and the clock is the one that processes start by.
func TestChildren(t *testing.T) {
	before := now()
	c := start(t, self("hang"))
	after := now()
	for _, find := range []func(int) []int{children, childrenByParent} {
		if pids := find(os.Getpid()); !slices.Contains(pids, c.Pid()) {
			t.Errorf("%d is not among %v", c.Pid(), pids)
		}
		if pids := find(c.Pid()); len(pids) > 0 {
			t.Errorf("%v are children of one who has none", pids)
		}
	}
	if p, ok := lookUp(c.Pid()); !ok || p.parent != os.Getpid() || p.start < before || p.start > after {
		t.Errorf("%+v, %t: started between %d and %d", p, ok, before, after)
	}
}

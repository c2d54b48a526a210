package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"muster/internal/hostlist"
)

// maxAbove bounds how many groups are above one another.
const maxAbove = 100

// settle ends the reading: it puts all groups below "all", and finds out what each has of those above it.
func (a *ansible) settle() error {
	all := a.groups[groupAll]
	for _, name := range a.names {
		if g := a.groups[name]; g != all && len(g.parents) == 0 {
			all.child(g)
		}
	}
	for _, name := range a.names {
		if err := a.groups[name].settle(0); err != nil {
			return err
		}
	}
	ungrouped := a.groups[groupUngrouped]
	clear(ungrouped.hosts)
	for _, h := range a.hosts {
		h.groups = slices.DeleteFunc(h.groups, func(g *ansibleGroup) bool { return g == ungrouped || g == all })
		if len(h.groups) == 0 {
			h.groups = append(h.groups, ungrouped)
			ungrouped.hosts[h] = true
		}
	}
	return nil
}

// settle finds out how deep g is, and which variables it has of those above it, so many groups below the first that asked.
func (g *ansibleGroup) settle(below int) error {
	switch {
	case g.settled != nil:
		return nil
	case g.visiting:
		return g.where.fail("group %s is among its own children", shown(g.name))
	case below > maxAbove:
		return g.where.fail("group %s: more than %d groups above one another", shown(g.name), maxAbove)
	}
	g.visiting = true
	settled := map[string]rankedValue{}
	for parent := range g.parents {
		if err := parent.settle(below + 1); err != nil {
			return err
		}
		g.depth = max(g.depth, parent.depth+1)
		for name, v := range parent.settled {
			settled[name] = settled[name].orHigher(v)
		}
	}
	for name, v := range g.vars {
		settled[name] = rankedValue{v, g} // it is deeper than all above it
	}
	g.settled, g.visiting = settled, false
	return nil
}

// members are the hosts of a group and of those below it, as texts of expressions, in the order in which they stand.
func (a *ansible) members(g *ansibleGroup) []hostlist.Text {
	within := map[*ansibleGroup]bool{g: true}
	for next := []*ansibleGroup{g}; len(next) > 0; next = next[1:] {
		for _, child := range next[0].children {
			if !within[child] {
				within[child] = true
				next = append(next, child)
			}
		}
	}
	hosts := map[*ansibleHost]bool{}
	for g := range within {
		maps.Copy(hosts, g.hosts)
	}
	byNum := func(a, b *ansibleHost) int { return cmp.Compare(a.num, b.num) }
	texts := make([]hostlist.Text, 0, len(hosts))
	for _, h := range slices.SortedFunc(maps.Keys(hosts), byNum) {
		texts = append(texts, hostlist.Text{Expr: h.name, Where: fmt.Sprintf("%s:%d", h.where.file, h.where.line), Column: h.where.column})
	}
	return texts
}

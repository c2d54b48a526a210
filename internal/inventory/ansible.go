package inventory

import (
	"errors"
	"fmt"
	"strconv"

	"muster/internal/hostlist"
)

// ansible is what Ansible's inventories say, all files together, as far as it is about reaching hosts. Names are unique:
// what stands under one name twice is one host, or one group, and the last value of a variable counts.
type ansible struct {
	max    int // hosts
	hosts  []*ansibleHost
	byName map[string]*ansibleHost
	groups map[string]*ansibleGroup
	names  []string // of groups, in the order in which they stand
	byHost map[hostlist.Host]*ansibleHost
	doubts []string // no more than maxProblems
}

type ansibleHost struct {
	num    int // in the order in which they stand
	name   string
	where  place
	vars   ansibleVars
	groups []*ansibleGroup // that name it
}

type ansibleGroup struct {
	name     string
	where    place
	vars     ansibleVars
	priority int
	hosts    map[*ansibleHost]bool // that it names
	parents  map[*ansibleGroup]bool
	children []*ansibleGroup

	depth    int                    // of the longest way from "all"; 0: not known yet
	visiting bool                   // while that is found out
	settled  map[string]rankedValue // of the group and all above it; nil: not known yet
}

// The groups that every inventory has.
const (
	groupAll       = "all"
	groupUngrouped = "ungrouped"
)

// place is where something stands.
type place struct {
	file         string
	line, column int
}

func (p place) String() string { return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column) }

func (p place) fail(format string, args ...any) error {
	return fmt.Errorf("%s: %s", p, fmt.Sprintf(format, args...))
}

// locate moves an error about a text to where that stands.
func (p place) locate(err error) error {
	var e *hostlist.Error
	if !errors.As(err, &e) {
		return p.fail("%v", err)
	}
	e.Column += p.column - 1
	return e.At(p.file, p.line)
}

func newAnsible(max int) *ansible {
	a := &ansible{max: max, byName: map[string]*ansibleHost{}, groups: map[string]*ansibleGroup{}, byHost: map[hostlist.Host]*ansibleHost{}}
	a.group(groupAll, place{})
	a.group(groupUngrouped, place{})
	return a
}

// group returns the group of a name, which is where it stands first.
func (a *ansible) group(name string, where place) *ansibleGroup {
	g := a.groups[name]
	if g == nil {
		g = &ansibleGroup{name: name, priority: 1, hosts: map[*ansibleHost]bool{}, parents: map[*ansibleGroup]bool{}}
		a.groups[name] = g
		a.names = append(a.names, name)
	}
	if g.where == (place{}) {
		g.where = where
	}
	return g
}

// host adds a host to a group.
func (a *ansible) host(g *ansibleGroup, name string, where place) (*ansibleHost, error) {
	h := a.byName[name]
	if h == nil {
		parsed, err := hostlist.ParseHost(name)
		if err != nil {
			return nil, where.locate(err)
		}
		if len(a.hosts) == a.max {
			return nil, where.fail("more hosts than the limit of %d; --max-hosts sets the limit", a.max)
		}
		h = &ansibleHost{num: len(a.hosts), name: name, where: where}
		a.hosts = append(a.hosts, h)
		a.byName[name] = h
		if a.byHost[parsed] == nil {
			a.byHost[parsed] = h
		}
	}
	if !g.hosts[h] {
		g.hosts[h] = true
		h.groups = append(h.groups, g)
	}
	return h, nil
}

// doubt keeps what is to be said of a place.
func (a *ansible) doubt(where place, format string, args ...any) {
	if len(a.doubts) < maxProblems {
		a.doubts = append(a.doubts, where.fail(format, args...).Error())
	}
}

// child puts one group below another.
func (g *ansibleGroup) child(below *ansibleGroup) {
	if !below.parents[g] {
		below.parents[g] = true
		g.children = append(g.children, below)
	}
}

// known returns the host of a spelling, which may add a user or port to its name there; nil: there is none, or no inventory.
func (a *ansible) known(spelling hostlist.Host) *ansibleHost {
	if a == nil {
		return nil
	}
	for _, form := range spelling.Forms() {
		if h := a.byHost[form]; h != nil {
			return h
		}
	}
	return nil
}

// prioritize ranks g among the groups that are as deep.
func (g *ansibleGroup) prioritize(text string, where place) error {
	number, err := strconv.Atoi(text)
	if err != nil {
		return where.fail("%s is a number, not %s", priorityVar, shown(text))
	}
	g.priority = number
	return nil
}

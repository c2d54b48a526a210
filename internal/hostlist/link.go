package hostlist

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxNested = 32  // groups within each other
	maxSteps  = 100 // '&' and '^' in one expression, each of which looks at all hosts so far
)

// linker finds the groups that terms name, and measures them. Each group is read once.
type linker struct {
	groups Groups // nil: there are none
	limit  int
	known  map[groupID]*group
	chain  []groupID // those whose texts are being read, each named by the one before it
}

// link looks up what the groups in terms stand for, as seen from a source, and counts the hosts.
func (l *linker) link(terms []term, source string) (sizes, *Error) {
	var total sizes
	steps := 0
	for i := range terms {
		t := &terms[i]
		if t.op.isStep() {
			if steps++; steps > maxSteps {
				return sizes{}, t.fail(fmt.Sprintf("more than %d '&' and '^' in one expression", maxSteps), "")
			}
		}
		if t.isGroup() {
			if err := l.linkTerm(t, source); err != nil {
				return sizes{}, err
			}
		}
		if err := total.add(t, l.limit); err != nil {
			return sizes{}, err
		}
	}
	return total, nil
}

// linkTerm finds the groups of one term.
func (l *linker) linkTerm(t *term, source string) *Error {
	if err := new(sizes).add(t, l.limit); err != nil { // so many names of groups
		return err
	}
	return t.names(func(name string) *Error {
		id := groupID{source, name[1:]}
		if source, name, given := strings.Cut(id.name, ":"); given {
			id = groupID{source, name}
		}
		g, err := l.group(t, id)
		t.groups = append(t.groups, g)
		return err
	})
}

// group returns the group that t names, and reads it unless that has been done for another.
func (l *linker) group(t *term, id groupID) (*group, *Error) {
	g := l.known[id]
	if g == nil {
		switch {
		case slices.Contains(l.chain, id):
			return nil, t.fail("the group names itself: "+l.route(id), "")
		case len(l.chain) == maxNested:
			return nil, t.tooDeep()
		case id.name == "":
			return nil, t.fail("a group has a name", "")
		case l.groups == nil:
			return nil, t.fail("there are no groups", "--groups FILE reads some")
		}
		texts, reason := l.groups(id.source, id.name)
		if reason != nil {
			return nil, t.fail(reason.Error(), "")
		}
		l.chain = append(l.chain, id)
		var err *Error
		if g, err = l.read(texts, id.source); err != nil {
			return nil, err
		}
		l.chain = l.chain[:len(l.chain)-1]
		l.known[id] = g
	}
	if len(l.chain)+1+g.size.depth > maxNested {
		return nil, t.tooDeep()
	}
	return g, nil
}

func (t *term) tooDeep() *Error {
	return t.fail(fmt.Sprintf("more than %d groups within each other", maxNested), "")
}

// read reads the texts of a group of a source, or of what is asked for.
func (l *linker) read(texts []Text, source string) (*group, *Error) {
	g := new(group)
	for i := range texts {
		terms, err := parse(&texts[i])
		if err != nil {
			return nil, err
		}
		g.terms = append(g.terms, terms...)
	}
	size, err := l.link(g.terms, source)
	if err != nil {
		return nil, err
	}
	g.size = size
	return g, nil
}

// route is the way from the first group that was named to the last.
func (l *linker) route(last groupID) string {
	var names []string
	for _, id := range append(slices.Clone(l.chain), last) {
		names = append(names, "@"+strings.TrimPrefix(id.source+":"+id.name, ":"))
	}
	return shorten(strings.Join(names, ","))
}

package inventory

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"muster/internal/hostlist"
)

// groups are what -g and @ name: the groups of the inventories, then those of groups files.
type groups struct {
	sources map[string]*source
	first   string // the default source
}

// source is a set of groups of its own.
type source struct {
	names  []string // in the order in which they stand
	groups map[string][]hostlist.Text
}

// readGroups adds what a groups file holds: sources of groups of expressions, in ClusterShell's form.
//
//	racks:
//	  r1: n[1-16]
//	  odd: '@r[1,3],n99'
//	  rest: [n100, n101]
func (g *groups) readGroups(file string, text []byte) error {
	t, err := parseTree(file, text)
	if err != nil {
		return err
	}
	sources, err := t.pairs(t.root, "a groups file")
	if err != nil {
		return err
	}
	for _, p := range sources {
		name := p.key.Value
		if problem := groupProblem(name); problem != "" {
			return t.fail(p.key, "source %s: %s", shown(name), problem)
		}
		members, err := t.pairs(p.value, "source "+shown(name))
		if err != nil {
			return err
		}
		s := g.source(name)
		for _, member := range members {
			if err := s.add(t, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// source returns the source of a name. The first of all is the default one.
func (g *groups) source(name string) *source {
	if len(g.sources) == 0 {
		g.sources, g.first = map[string]*source{}, name
	}
	if g.sources[name] == nil {
		g.sources[name] = &source{groups: map[string][]hostlist.Text{}}
	}
	return g.sources[name]
}

// add adds one group, an expression or a sequence of some.
func (s *source) add(t *tree, p pair) error {
	name := p.key.Value
	problem := groupProblem(name)
	if _, again := s.groups[name]; again {
		problem = "a file before this one has it already"
	}
	if problem != "" {
		return t.fail(p.key, "group %s: %s", shown(name), problem)
	}
	nodes := []*yaml.Node{p.value}
	if p.value.Kind == yaml.SequenceNode {
		var err error
		if nodes, err = t.elements(p.value); err != nil {
			return err
		}
	}
	texts := make([]hostlist.Text, 0, len(nodes))
	for _, n := range nodes {
		switch {
		case isNull(n):
		case n.Kind != yaml.ScalarNode:
			return t.fail(n, "group %s is neither a host list nor a sequence of some", shown(name))
		default:
			texts = append(texts, t.text(n))
		}
	}
	s.names = append(s.names, name)
	s.groups[name] = texts
	return nil
}

// text is the expression in a scalar. Where it is a block of several lines, its columns are those of the text.
func (t *tree) text(n *yaml.Node) hostlist.Text {
	return hostlist.Text{Expr: n.Value, Where: fmt.Sprintf("%s:%d", t.file, n.Line), Column: firstColumn(n)}
}

// groupProblem says why no expression could name a group; empty: it could.
func groupProblem(name string) string {
	if name == "" || strings.ContainsAny(name, " \t\r\n,!&^[]{}:@*") {
		return "a name has none of the characters of expressions"
	}
	return ""
}

// find is the lookup of expressions.
func (g *groups) find(from, name string) ([]hostlist.Text, error) {
	if from == "" {
		from = g.first
	}
	s := g.sources[from]
	if s == nil {
		return nil, fmt.Errorf("no source of groups %s", shown(from))
	}
	if texts, ok := s.groups[name]; ok {
		return texts, nil
	}
	if name != "*" {
		return nil, fmt.Errorf("no group %s in source %s, which has %s", shown(name), shown(from), some(s.names))
	}
	if texts, ok := s.groups["all"]; ok {
		return texts, nil
	}
	var all []hostlist.Text
	for _, name := range s.names {
		all = append(all, hostlist.Text{Expr: "@" + from + ":" + name})
	}
	return all, nil
}

// some lists a few names.
func some(names []string) string {
	const few = 5
	if len(names) == 0 {
		return "none"
	}
	var all []string
	for _, name := range names[:min(few, len(names))] {
		all = append(all, shown(name))
	}
	text := strings.Join(slices.Sorted(slices.Values(all)), ", ")
	if len(names) > few {
		text += fmt.Sprintf(" and %d more", len(names)-few)
	}
	return text
}

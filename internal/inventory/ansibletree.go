package inventory

import (
	"cmp"

	"go.yaml.in/yaml/v3"
)

// treeReader reads inventories of YAML, and the JSON of ansible-inventory --list, which differ in what hosts and children
// are: mappings of patterns and groups, or sequences of names.
type treeReader struct {
	*ansible
	*tree
}

// readTree reads an inventory of YAML or JSON.
func (a *ansible) readTree(file string, text []byte) error {
	t, err := parseTree(file, text)
	if err != nil {
		return err
	}
	r := treeReader{a, t}
	top, err := r.pairs(t.root, "an inventory")
	if err != nil {
		return err
	}
	var meta *yaml.Node
	for _, p := range top {
		switch {
		case p.key.Value == "plugin" && p.value.Kind == yaml.ScalarNode:
			return r.fail(p.key, "it names a plugin that makes an inventory: %s", listInstead)
		case p.key.Value == "_meta":
			meta = p.value
		default:
			if err := r.readGroup(p, 0); err != nil {
				return err
			}
		}
	}
	if meta == nil {
		return nil
	}
	return r.readMeta(meta)
}

// place is where the text of a node begins.
func (r treeReader) place(n *yaml.Node) place {
	return place{r.file, n.Line, cmp.Or(firstColumn(n), n.Column)}
}

// readGroup reads a group and those below it. What is neither hosts, children nor vars is left alone, as Ansible does it, but
// that is said.
func (r treeReader) readGroup(p pair, above int) error {
	if above > maxAbove {
		return r.fail(p.key, "more than %d groups within each other", maxAbove)
	}
	if p.key.Value == "" {
		return r.fail(p.key, "a group without a name")
	}
	g := r.group(p.key.Value, r.place(p.key))
	if p.value.Kind == yaml.SequenceNode { // an old form of --list
		return r.readHosts(g, p.value)
	}
	members, err := r.pairs(p.value, "group "+shown(g.name))
	if err != nil {
		return err
	}
	for _, m := range members {
		switch m.key.Value {
		case "hosts":
			err = r.readHosts(g, m.value)
		case "vars":
			err = r.readGroupVars(g, m.value)
		case "children":
			err = r.readChildren(g, m.value, above)
		default:
			r.doubt(r.place(m.key), "%s in group %s is left alone: it is neither hosts, children nor vars", shown(m.key.Value), shown(g.name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r treeReader) readHosts(g *ansibleGroup, n *yaml.Node) error {
	names, err := r.named(n, "the hosts of "+shown(g.name))
	if err != nil {
		return err
	}
	for _, p := range names {
		if p.value == nil {
			if _, err := r.host(g, p.key.Value, r.place(p.key)); err != nil {
				return err
			}
			continue
		}
		hosts, err := r.pattern(g, p.key.Value, r.place(p.key))
		if err != nil {
			return err
		}
		vars, err := r.pairs(p.value, "what is said of "+shown(p.key.Value))
		if err != nil {
			return err
		}
		for _, h := range hosts {
			r.setVars(&h.vars, vars)
		}
	}
	return nil
}

func (r treeReader) readChildren(g *ansibleGroup, n *yaml.Node, above int) error {
	children, err := r.named(n, "the children of "+shown(g.name))
	if err != nil {
		return err
	}
	for _, p := range children {
		g.child(r.group(p.key.Value, r.place(p.key)))
		if p.value == nil {
			continue
		}
		if err := r.readGroup(p, above+1); err != nil {
			return err
		}
	}
	return nil
}

// named lists what is named by a mapping, by a single text, which is one without more, or by a sequence, whose names have
// no value.
func (r treeReader) named(n *yaml.Node, what string) ([]pair, error) {
	switch {
	case n.Kind == yaml.ScalarNode && !isNull(n):
		return []pair{{n, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}}}, nil
	case n.Kind != yaml.SequenceNode:
		return r.pairs(n, what)
	}
	names, err := r.elements(n)
	if err != nil {
		return nil, err
	}
	var all []pair
	for _, name := range names {
		if name.Kind != yaml.ScalarNode {
			return nil, r.fail(name, "a name in %s is not a text", what)
		}
		all = append(all, pair{key: name})
	}
	return all, nil
}

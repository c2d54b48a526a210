package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

func (r treeReader) readGroupVars(g *ansibleGroup, n *yaml.Node) error {
	vars, err := r.pairs(n, "the variables of "+shown(g.name))
	if err != nil {
		return err
	}
	r.setVars(&g.vars, vars)
	for _, p := range vars {
		if p.key.Value == priorityVar {
			return g.prioritize(p.value.Value, r.place(p.value))
		}
	}
	return nil
}

// readMeta reads what --list says of hosts, as far as some group has them.
func (r treeReader) readMeta(n *yaml.Node) error {
	meta, err := r.pairs(n, "_meta")
	if err != nil {
		return err
	}
	for _, m := range meta {
		if m.key.Value != "hostvars" {
			continue
		}
		hosts, err := r.pairs(m.value, "hostvars")
		if err != nil {
			return err
		}
		for _, p := range hosts {
			h := r.byName[p.key.Value]
			if h == nil {
				continue
			}
			vars, err := r.pairs(p.value, "what is said of "+shown(h.name))
			if err != nil {
				return err
			}
			r.setVars(&h.vars, vars)
		}
	}
	return nil
}

func (r treeReader) setVars(to *ansibleVars, vars []pair) {
	for _, p := range vars {
		where := r.place(p.value)
		switch {
		case isNull(p.value):
			to.set(p.key.Value, "", where)
		case strings.HasPrefix(p.value.ShortTag(), "!vault"):
			to.refuse(p.key.Value, "is encrypted", where)
		case p.value.Kind != yaml.ScalarNode:
			to.refuse(p.key.Value, "is not a text", where)
		default:
			to.set(p.key.Value, p.value.Value, where)
		}
	}
}

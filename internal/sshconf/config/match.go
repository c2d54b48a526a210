package config

import (
	"fmt"
	"strings"
)

// criterion is one condition of a Match.
type criterion struct {
	kind     string // in lower case
	negated  bool
	patterns string // separated by commas
}

// match reads what follows a Match.
func match(f *file, n line) ([]criterion, error) {
	bad := func(format string, args ...any) error {
		return &Error{File: f.name, Line: n.number, Reason: "Match: " + fmt.Sprintf(format, args...)}
	}
	if len(n.args) == 0 {
		return nil, bad("no condition")
	}
	var all []criterion
	for args := n.args; len(args) > 0; {
		word := args[0]
		args = args[1:]
		value, hasValue := "", false
		if kind, after, found := strings.Cut(word, "="); found {
			word, value, hasValue = kind, after, true
		}
		c := criterion{kind: strings.ToLower(strings.TrimPrefix(word, "!")), negated: strings.HasPrefix(word, "!")}
		switch c.kind {
		case "all":
			if len(all) > 1 || len(args) > 0 {
				return nil, bad("all stands last, and behind one other condition at most")
			}
		case "canonical", "final":
		case "host", "originalhost", "user", "localuser", "exec", "localnetwork", "tagged", "command", "version", "sessiontype":
			if !hasValue {
				if len(args) == 0 {
					return nil, bad("%s: no value", c.kind)
				}
				value, args = args[0], args[1:]
				if value == "=" && len(args) > 0 {
					value, args = args[0], args[1:]
				}
			}
			if value == "" {
				return nil, bad("%s: no value", c.kind)
			}
			c.patterns = value
		default:
			return nil, bad("%.40q is no condition that is known", word)
		}
		all = append(all, c)
	}
	return all, nil
}

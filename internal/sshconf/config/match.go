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
			c.patterns = value
		default:
			return nil, bad("%.40q is no condition that is known", word)
		}
		all = append(all, c)
	}
	return all, nil
}

// matchPattern reports whether text matches a pattern in which * is any text and ? any one byte.
func matchPattern(pattern, text string) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchList reports whether text matches one of the patterns, and none of those with a ! in front.
func matchList(patterns []string, text string) bool {
	matched := false
	for _, pattern := range patterns {
		positive, negated := strings.CutPrefix(pattern, "!")
		if !matchPattern(positive, text) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}

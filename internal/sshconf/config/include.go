package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// include loads what an Include names. Patterns that match nothing are no error.
func (l *loader) include(f *file, n line, at place, depth int) ([]*file, error) {
	bad := func(format string, args ...any) error {
		return &Error{File: f.name, Line: n.number, Reason: "Include: " + fmt.Sprintf(format, args...)}
	}
	switch {
	case len(n.args) == 0 || slices.Contains(n.args, ""):
		return nil, bad("no file")
	case depth == maxDepth:
		return nil, bad("more than %d files include each other", maxDepth)
	}
	var all []*file
	for _, pattern := range n.args {
		if strings.HasPrefix(pattern, "~") && at.system {
			return nil, bad("there is no ~ for all users")
		}
		pattern, err := tilde(pattern, l.config.source.Home)
		if err != nil {
			return nil, bad("%v", err)
		}
		if !filepath.IsAbs(pattern) {
			pattern = at.base + "/" + pattern
		}
		names, err := glob(pattern)
		if err != nil {
			return nil, bad("%v", err)
		}
		for _, name := range names {
			included, err := l.load(name, at, depth+1, false)
			if err != nil {
				return nil, err
			}
			if included != nil {
				all = append(all, included)
			}
		}
	}
	return all, nil
}

// glob returns the files that a pattern of the shell names, in the order of their bytes. No wildcard stands for the dot at
// the beginning of a name.
func glob(pattern string) ([]string, error) {
	pattern = filepath.Clean(pattern)
	names, err := filepath.Glob(strings.ReplaceAll(pattern, "[!", "[^"))
	parts := strings.Split(pattern, "/")
	names = slices.DeleteFunc(names, func(name string) bool {
		for i, part := range strings.Split(name, "/") {
			if strings.HasPrefix(part, ".") && !strings.HasPrefix(parts[i], ".") {
				return true
			}
		}
		return false
	})
	slices.Sort(names)
	return names, err
}

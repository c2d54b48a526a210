package sshconf

import (
	"slices"
	"strings"

	"muster/internal/fleet"
)

// table holds lines of one kind, indexed: by name where the name is plain, else by key, as names that are hashed or
// patterns have to be tried one after another.
type table struct {
	plain map[string][]entry // by lower-cased name as the file has it: name or [name]:port
	tried []triedEntry
	index map[clue][]int // of tried
}

// clue is what is known of an entry without a try: its key, and how names end that match.
type clue struct{ key, end string }

// triedEntry is an entry whose names only a try can tell.
type triedEntry struct {
	entry
	names interface {
		matches(name string) bool
		ends() []string // every name that matches ends in one of them
	}
}

func newTable() table { return table{plain: map[string][]entry{}, index: map[clue][]int{}} }

// add takes in an entry for the names that its line has.
func (t *table) add(names []string, e entry) error {
	if strings.HasPrefix(names[0], "|") {
		hash, err := parseHash(strings.Join(names, ","))
		if err != nil {
			return err
		}
		t.try(triedEntry{e, hash})
		return nil
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	if slices.ContainsFunc(names, func(name string) bool { return strings.ContainsAny(name, "*?!") }) {
		t.try(triedEntry{e, newPatterns(names)})
		return nil
	}
	for _, name := range names {
		if name != "" {
			t.plain[name] = append(t.plain[name], e)
		}
	}
	return nil
}

func (t *table) try(e triedEntry) {
	key := string(e.key)
	for _, end := range e.names.ends() {
		t.index[clue{key, end}] = append(t.index[clue{key, end}], len(t.tried))
	}
	t.tried = append(t.tried, e)
}

// has reports whether the name has the key. It tries only the lines that do: of thousands, a few.
func (t *table) has(name string, key fleet.Key) bool {
	for _, e := range t.plain[name] {
		if string(e.key) == string(key) {
			return true
		}
	}
	for start := range len(name) + 1 {
		for _, i := range t.index[clue{string(key), name[start:]}] {
			if t.tried[i].names.matches(name) {
				return true
			}
		}
	}
	return false
}

// unplain lists the entries of a name but those on plain lines. It tries all others.
func (t *table) unplain(name string) []entry {
	var found []entry
	for _, e := range t.tried {
		if e.names.matches(name) {
			found = append(found, e.entry)
		}
	}
	return found
}

// spellings lists under which names a host is looked up: where there is nothing under a name with a port, OpenSSH takes
// that without.
func spellings(name string) []string {
	name = strings.ToLower(name)
	end := strings.LastIndex(name, "]:")
	if end < 1 || name[0] != '[' {
		return []string{name}
	}
	return []string{name, name[1:end]}
}

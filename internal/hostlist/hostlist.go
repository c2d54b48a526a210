// Package hostlist reads and writes the notation of ClusterShell's nodeset: host names with ranges of numbers in them,
// joined by union and minus.
//
//	node[1-3,07]                  node1 node2 node3 node07: padding is kept
//	n[0-6/2]                      n0 n2 n4 n6: a step
//	r[1-2]n[1-16].example.com     several brackets, the last one counts fastest
//	root@10.0.[0-1].[1-9]:2222    [user@]name[:port], ranges in addresses
//	[2001:db8::1]:22, fe80::1%e0  an IPv6 address, in brackets where a port follows
//	a,b c                         commas and blanks: union
//	n[1-9]!n5                     minus, strictly left to right
//
// What names a host and what is refused is decided in one place, ParseHost; every name that Expand returns has passed it.
package hostlist

import "fmt"

// Expand returns the hosts that expr names, in order, each once and in its first spelling, and how many repeats of them
// it dropped. Two spellings are the same host when ParseHost gives the same Host. A host is taken out by minus where any
// of its Forms is. An expression without names gives none; one of which either the additions or the exclusions, repeats
// included, are over limit is refused before any of it is expanded. The error is an *Error.
func Expand(expr string, limit int) (names []string, repeated int, err error) {
	terms, err := parse(expr)
	if err != nil {
		return nil, 0, err
	}
	added, err := measure(terms, union, limit)
	if err != nil {
		return nil, 0, err
	}
	if _, err := measure(terms, minus, limit); err != nil {
		return nil, 0, err
	}
	excluded, err := exclusions(terms)
	if err != nil {
		return nil, 0, err
	}
	names = make([]string, 0, added)
	seen := make(map[Host]struct{}, added)
	for i, t := range terms {
		if t.op != union {
			continue
		}
		err := t.each(func(name string, h Host) {
			if excluded.after(i, h) {
				return
			}
			if _, again := seen[h]; again {
				repeated++
				return
			}
			seen[h] = struct{}{}
			names = append(names, name)
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return names, repeated, nil
}

// measure counts what the terms of one operator name, repeats included, without expanding them.
func measure(terms []term, op operator, limit int) (int, error) {
	var total uint64
	for _, t := range terms {
		if t.op != op {
			continue
		}
		total = add(total, t.size())
		if total > uint64(max(limit, 0)) {
			reason := fmt.Sprintf("%s hosts are more than the limit of %d", decimal(total), limit)
			return 0, t.fail(t.start, reason, "--max-hosts sets the limit")
		}
	}
	return int(total), nil
}

// exclusion holds the last term that takes a host out. A host of term i stays if no later term excludes it, which is
// what working from left to right comes to, in one pass and whatever the number of terms.
type exclusion map[Host]int

func exclusions(terms []term) (exclusion, error) {
	last := exclusion{}
	for i, t := range terms {
		if t.op != minus {
			continue
		}
		if err := t.each(func(_ string, h Host) { last[h] = i }); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (x exclusion) after(i int, h Host) bool {
	if len(x) == 0 {
		return false
	}
	for _, form := range h.Forms() {
		if x[form] > i {
			return true
		}
	}
	return false
}

// Package hostlist reads and writes the notation of ClusterShell's nodeset: host names with ranges of numbers in them,
// joined by set operations.
//
//	node[1-3,07]                  node1 node2 node3 node07: padding is kept
//	n[0-6/2]                      n0 n2 n4 n6: a step
//	r[1-2]n[1-16].example.com     several brackets, the last one counts fastest
//	root@10.0.[0-1].[1-9]:2222    [user@]name[:port], ranges in addresses
//	[2001:db8::1]:22, fe80::1%e0  an IPv6 address, in brackets where a port follows
//	a,b c                         commas and blanks: union
//	n[1-9]!n5                     minus
//	n[1-9]&n[5-12]                what both name
//	n[1-9]^n[5-12]                what one of them names alone
//	@web @racks:r[1-2] @*         groups, of the default source or another, all of them
//
// Operators work strictly from left to right. A host that names no user or port stands for that name under any, right of
// '!', '&' and '^'.
//
// What names a host and what is refused is decided in one place, ParseHost; every name that Expand returns has passed it.
package hostlist

import "strings"

// Expander expands expressions. The zero value knows no groups and allows no hosts.
type Expander struct {
	Limit  int    // of the hosts in one expression
	Groups Groups // nil: there are none
	known  map[groupID]*group
}

// Expand is what an Expander without groups does.
func Expand(expr string, limit int) (names []string, repeated int, err error) {
	return (&Expander{Limit: limit}).Expand(expr)
}

// Expand returns the hosts that expr names, in order, each once and in its first spelling, and how many repeats of them
// it dropped. Two spellings are the same host when ParseHost gives the same Host. A host is taken out by minus where any
// of its Forms is. An expression without names gives none; one of which either the additions or all else, repeats
// and groups included, are over the limit is refused before any of it is expanded. The error is an *Error. Groups are looked
// up once, however many expressions name them.
func (x *Expander) Expand(expr string) (names []string, repeated int, err error) {
	if x.Limit > 0 && isHost(expr) {
		return []string{expr}, 0, nil
	}
	if x.known == nil {
		x.known = map[groupID]*group{}
	}
	l := linker{groups: x.Groups, limit: x.Limit, known: x.known}
	g, failed := l.read([]Text{{Expr: expr}}, "")
	if failed != nil {
		return nil, 0, failed
	}
	all, failed := g.members()
	if failed != nil {
		return nil, 0, failed
	}
	return all.names, all.repeated, nil
}

// isHost reports whether expr is one host as it stands, which most lines of hostfiles are.
func isHost(expr string) bool {
	if strings.ContainsAny(expr, "[,!&^"+blanks) {
		return false
	}
	_, err := parseHost(expr)
	return err == nil
}

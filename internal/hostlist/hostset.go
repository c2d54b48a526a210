package hostlist

// hostSet is an ordered set of hosts, each in its first spelling.
type hostSet struct {
	names    []string
	seen     map[Host]struct{}
	repeated int // names that were dropped, but for those of groups: to overlap is what groups do
}

// evaluate works through the terms of an expression, which add at most so many hosts.
func evaluate(terms []term, added uint64) (*hostSet, *Error) {
	l := &hostSet{names: make([]string, 0, added), seen: make(map[Host]struct{}, added)}
	for len(terms) > 0 {
		run := 0
		for run < len(terms) && !terms[run].op.isStep() {
			run++
		}
		if err := l.run(terms[:run]); err != nil {
			return nil, err
		}
		if terms = terms[run:]; len(terms) == 0 {
			break
		}
		if err := l.step(&terms[0]); err != nil {
			return nil, err
		}
		terms = terms[1:]
	}
	return l, nil
}

// run adds and takes out, in one pass, whatever the number of terms.
func (l *hostSet) run(terms []term) *Error {
	excluded, err := exclusions(terms)
	if err != nil {
		return err
	}
	if len(excluded) > 0 {
		l.keep(func(h Host) bool { return !excluded.after(0, h) })
	}
	for i := range terms {
		t := &terms[i]
		if t.op != union {
			continue
		}
		err := t.each(func(name string, h Host) {
			if !excluded.after(i+1, h) && !l.add(name, h) && t.groups == nil {
				l.repeated++
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step keeps what is common to l and the hosts of a term, or what is in either of them alone.
func (l *hostSet) step(t *term) *Error {
	other := hostSet{seen: map[Host]struct{}{}}
	if err := t.each(func(name string, h Host) { other.add(name, h) }); err != nil {
		return err
	}
	if t.op == common {
		l.keep(other.has)
		return nil
	}
	var alone []string
	for _, name := range other.names {
		if !l.has(hostOf(name)) {
			alone = append(alone, name)
		}
	}
	l.keep(func(h Host) bool { return !other.has(h) })
	for _, name := range alone {
		l.add(name, hostOf(name))
	}
	return nil
}

// add reports whether h is new.
func (l *hostSet) add(name string, h Host) bool {
	if _, again := l.seen[h]; again {
		return false
	}
	l.seen[h] = struct{}{}
	l.names = append(l.names, name)
	return true
}

// has reports whether l names h, which it also does by a spelling that leaves the user or the port open.
func (l *hostSet) has(h Host) bool {
	for _, form := range h.Forms() {
		if _, ok := l.seen[form]; ok {
			return true
		}
	}
	return false
}

// keep leaves the hosts for which keep holds.
func (l *hostSet) keep(keep func(Host) bool) {
	kept := l.names[:0]
	for _, name := range l.names {
		if h := hostOf(name); keep(h) {
			kept = append(kept, name)
		} else {
			delete(l.seen, h)
		}
	}
	l.names = kept
}

// hostOf is the host of a name in a set.
func hostOf(name string) Host {
	h, _ := parseHost(name) // which has been done before
	return h
}

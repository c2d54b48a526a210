package worker

import (
	"slices"
	"sort"
)

// feeds are the hosts that the parent has fed, by number. Numbers go up from one to the next.
type feeds struct {
	runs []run // those of which some are open
	open int   // how many are not answered
	next int   // the lowest number that may follow
}

// run is the states of the numbers first, first+1, …
type run struct {
	first, open int
	states      []state
}

type state byte

const (
	waiting state = iota
	begun
	answered
)

// add opens the numbers from first on, and reports whether they are above all that came before.
func (f *feeds) add(first, count int) bool {
	if first < f.next {
		return false
	}
	if n := len(f.runs); n == 0 || f.runs[n-1].first+len(f.runs[n-1].states) < first {
		f.runs = append(f.runs, run{first: first})
	}
	last := &f.runs[len(f.runs)-1]
	last.states = slices.Grow(last.states, count)[:len(last.states)+count]
	last.open += count
	f.open += count
	f.next = first + count
	return true
}

// set gives an open feed its next state. What is not open stays as it is.
func (f *feeds) set(num int, s state) {
	i := sort.Search(len(f.runs), func(i int) bool { return f.runs[i].first > num }) - 1
	if i < 0 || num >= f.runs[i].first+len(f.runs[i].states) {
		return
	}
	r := &f.runs[i]
	at := &r.states[num-r.first]
	if *at == answered {
		return
	}
	if *at = s; s != answered {
		return
	}
	f.open--
	if r.open--; r.open == 0 {
		f.runs = slices.Delete(f.runs, i, i+1)
	}
}

// each calls do with every open feed, lowest first.
func (f *feeds) each(do func(num int, s state)) {
	for _, r := range f.runs {
		for i, s := range r.states {
			if s != answered {
				do(r.first+i, s)
			}
		}
	}
}

package cli

import "time"

// pulse says when beats are due: whole multiples of every after the first. A beat that is missed is not made up for.
type pulse struct {
	every time.Duration
	due   time.Time // when the beat that is under way was due
}

// next goes on to the next beat that is to come: it returns how long that is from now, how long the beat before took, and
// how many were missed because of it.
func (p *pulse) next(now time.Time) (wait, took time.Duration, missed int) {
	took = now.Sub(p.due)
	missed = max(0, int((took-1)/p.every))
	p.due = p.due.Add(time.Duration(missed+1) * p.every)
	return p.due.Sub(now), took, missed
}

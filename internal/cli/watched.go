package cli

import (
	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/report"
)

// again makes the ledger ready for the next beat, once it is closed. All that is kept of the last is what each host said.
func (l *ledger) again() {
	l.before, l.outcomes = l.outcomes, make([]*fleet.Outcome, len(l.hosts))
	l.failed, l.answered, l.sums, l.ended, l.err = nil, 0, aggregate.Aggregate{}, newTally(), nil
	l.progress = l.progress.Again()
	l.open()
}

// watch fills in what is known of a host from its last visit.
func (l *ledger) watch(host int, o *fleet.Outcome) {
	o.Beat = l.beat
	if l.before == nil || o.CPU == nil {
		return
	}
	was := l.before[host]
	if was.CPU == nil || was.BootID != o.BootID {
		return
	}
	if percent, known := o.CPU.UsedSince(*was.CPU); known {
		o.CPUUsedPercent = &percent
	}
}

// changes are those since the last beat, in the order of the list.
func (l *ledger) changes() []report.Change {
	var changes []report.Change
	for host, was := range l.before {
		is := l.outcomes[host]
		switch {
		case was.Status != is.Status:
			changes = append(changes, report.Change{Host: is.Host, Was: string(was.Status), Is: string(is.Status)})
		case was.BootID != is.BootID:
			changes = append(changes, report.Change{Host: is.Host, Was: was.BootID, Is: is.BootID, Booted: true})
		}
	}
	return changes
}

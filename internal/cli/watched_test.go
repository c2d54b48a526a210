package cli

import (
	"slices"
	"testing"

	"muster/internal/fleet"
	"muster/internal/report"
)

// What is known of a host from its last visit: how busy it was, unless it was booted or not read, and what changed.
func TestWatched(t *testing.T) {
	outcome := func(host string, status fleet.Status, boot string, busy, total int64) *fleet.Outcome {
		o := &fleet.Outcome{Host: host, Status: status}
		if status == fleet.StatusOK {
			o.BootID, o.CPU = boot, &fleet.CPUTimes{Busy: busy, Total: total}
		}
		return o
	}
	l := &ledger{beat: 2, before: []*fleet.Outcome{
		outcome("same", fleet.StatusOK, "x", 10, 100),
		outcome("booted", fleet.StatusOK, "x", 10, 100),
		outcome("gone", fleet.StatusOK, "x", 10, 100),
		outcome("back", fleet.StatusTimeout, "", 0, 0),
	}}
	l.outcomes = []*fleet.Outcome{
		outcome("same", fleet.StatusOK, "x", 35, 200),
		outcome("booted", fleet.StatusOK, "y", 35, 200),
		outcome("gone", fleet.StatusRefused, "", 0, 0),
		outcome("back", fleet.StatusOK, "x", 35, 200),
	}
	for host, o := range l.outcomes {
		l.watch(host, o)
		if used := o.CPUUsedPercent; o.Beat != 2 || (used != nil) != (host == 0) || used != nil && *used != 25 {
			t.Errorf("%s: beat %d, %v", o.Host, o.Beat, used)
		}
	}
	want := []report.Change{
		{Host: "booted", Was: "x", Is: "y", Booted: true},
		{Host: "gone", Was: "ok", Is: "refused"},
		{Host: "back", Was: "timeout", Is: "ok"},
	}
	if got := l.changes(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// Nothing is known of a host before its second visit, nor did anything change.
func TestWatchedFirst(t *testing.T) {
	l := &ledger{beat: 1, outcomes: []*fleet.Outcome{{Host: "a", Status: fleet.StatusOK}}}
	l.outcomes[0].CPU = &fleet.CPUTimes{Busy: 1, Total: 2}
	l.watch(0, l.outcomes[0])
	if o := l.outcomes[0]; o.Beat != 1 || o.CPUUsedPercent != nil || l.changes() != nil {
		t.Errorf("%+v, %v", o, l.changes())
	}
}

package cli

import (
	"fmt"
	"slices"
	"testing"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/report"
)

// loaded are n hosts, whose load is their number.
func loaded(n int) *report.Document {
	d := &report.Document{}
	for i := range n {
		load := float64(i)
		d.Hosts = append(d.Hosts, &fleet.Outcome{Host: fmt.Sprintf("n%d", i), Status: fleet.StatusOK, Reading: fleet.Reading{Load1: &load}})
	}
	return d
}

func TestThresholdsJudge(t *testing.T) {
	o := thresholdOptions{
		failIf: *cli.NewStringSlice("load1 > 7", "load1 > 99", "count(true) == 10"),
		warnIf: *cli.NewStringSlice("p50(load1) > 3", "queue > 1"),
		where:  "load1 >= 8",
	}
	if err := o.check(fleet.ReadingFields(), true); err != nil {
		t.Fatal(err)
	}
	d := loaded(10)
	crossed, err := o.judge(d)
	if err != nil || !slices.Equal(crossed, []string{"load1 > 7", "count(true) == 10"}) {
		t.Errorf("%q, %v", crossed, err)
	}
	var got []string
	for _, rule := range d.Thresholds {
		got = append(got, fmt.Sprintf("%s %s %v%s", rule.Level, rule.Rule, rule.Crossed, rule.Crossing(10)))
	}
	want := []string{
		"fail load1 > 7 true: 2 of 10: n[8-9]", "fail load1 > 99 false", "fail count(true) == 10 true: count(true) is 10",
		"warn p50(load1) > 3 true: p50(load1) is 4", "warn queue > 1 false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(d.Hosts) != 2 || d.Hosts[0].Host != "n8" || d.Where != "load1 >= 8" || !slices.Equal(d.Warnings, []string{"--warn-if: no host has a field queue"}) {
		t.Errorf("%d hosts, where %q, warnings %q", len(d.Hosts), d.Where, d.Warnings)
	}
}

func TestLimitRefused(t *testing.T) {
	for _, text := range []string{"", "%", "x", "-1", "-1%", "101%", "1.5", "5%%", "5 %", "99999999999999999999"} {
		if err := new(limit).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// The run stops at the first failure beyond what is tolerated.
func TestFailFastAtTheLimit(t *testing.T) {
	g := &gathering{}
	g.time.failFast = true
	g.limits.failed, g.limits.unreachable = most("2"), most("50%")
	l := &ledger{hosts: make([]fleet.Host, 4), ended: newTally()}
	l.ended.add(1, fleet.StatusExit, fleet.PhaseExec) // as the journal has it
	stops := g.failFast(l)
	for i, c := range []struct {
		outcome fleet.Outcome
		stops   bool
	}{
		{fleet.Outcome{Status: fleet.StatusSkipped}, true}, // which no limit is for
		{fleet.Outcome{Status: fleet.StatusRefused, Phase: fleet.PhaseConnect}, false},
		{fleet.Outcome{Status: fleet.StatusOK}, false},
		{fleet.Outcome{Status: fleet.StatusTimeout, Phase: fleet.PhaseKex}, false},
		{fleet.Outcome{Status: fleet.StatusAuth, Phase: fleet.PhaseAuth}, false},
		{fleet.Outcome{Status: fleet.StatusTimeout, Phase: fleet.PhaseExec}, true},
		{fleet.Outcome{Status: fleet.StatusOK}, false},
	} {
		if got := stops(1, c.outcome); got != c.stops {
			t.Errorf("outcome %d: stops %v", i, got)
		}
	}
	if l.ended.byStatus[fleet.StatusOK] != 0 {
		t.Error("the ledger's own books are changed")
	}
	if g.time.failFast = false; g.failFast(l) != nil {
		t.Error("stops unasked")
	}
}

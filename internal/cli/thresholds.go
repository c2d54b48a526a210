package cli

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/query"
	"muster/internal/report"
)

// thresholdOptions say what is too much, of which hosts the report is, and how much failure is tolerated.
type thresholdOptions struct {
	tolerance
	failIf, warnIf cli.StringSlice
	where          string

	rules []threshold // failIf first
	shown *query.Rule // nil: all hosts
}

// threshold is a rule, and what it is to the run that it is crossed.
type threshold struct {
	level string
	*query.Rule
}

func (o *thresholdOptions) flags() []cli.Flag {
	return category("Time and failure",
		&cli.GenericFlag{Name: "max-failed", Usage: "tolerate that `N` hosts fail, or N% of all", Value: &o.failed},
		&cli.GenericFlag{Name: "max-unreachable", Usage: "tolerate that `N` hosts are not reached, or N% of all, and do not count them as failed", Value: &o.unreachable},
		&cli.StringSliceFlag{Name: "fail-if", Usage: "exit 6 where some host, or the fleet, is as `EXPR` says (repeatable)", Destination: &o.failIf},
		&cli.StringSliceFlag{Name: "warn-if", Usage: "say so where some host, or the fleet, is as `EXPR` says (repeatable)", Destination: &o.warnIf},
		&cli.StringFlag{Name: "where", Usage: "report only hosts that are as `EXPR` says; the summary is of all", Destination: &o.where},
	)
}

// check compiles the rules, for hosts of which these fields are known, and others too where open.
func (o *thresholdOptions) check(fields []fleet.Field, open bool) (err error) {
	for _, of := range []struct {
		level string
		texts []string
	}{{report.LevelFail, o.failIf.Value()}, {report.LevelWarn, o.warnIf.Value()}} {
		for _, text := range of.texts {
			rule, err := query.Compile(text, fields, open)
			if err != nil {
				return usagef("--%s-if %w", of.level, err)
			}
			o.rules = append(o.rules, threshold{of.level, rule})
		}
	}
	if o.where != "" {
		if o.shown, err = query.Compile(o.where, fields, open); err != nil {
			return usagef("--where %w", err)
		}
	}
	return nil
}

// asks reports whether something is asked of hosts.
func (o *thresholdOptions) asks() bool {
	return o.where != "" || len(o.failIf.Value())+len(o.warnIf.Value()) > 0
}

// judge puts into d what became of each rule, and leaves the hosts in it that are to be shown. It returns the rules that
// make an exit code.
func (o *thresholdOptions) judge(d *report.Document) (crossed []string, err error) {
	for _, rule := range o.rules {
		v, failed := rule.Judge(d.Hosts)
		err = errors.Join(err, failed)
		t := report.Threshold{Rule: rule.String(), Level: rule.level, Crossed: v.Holds, Values: v.Values}
		for _, host := range v.Hosts {
			t.Hosts = append(t.Hosts, d.Hosts[host].Host)
		}
		d.Thresholds = append(d.Thresholds, t)
		d.Warnings = append(d.Warnings, unseenIn("--"+rule.level+"-if", v.Unseen)...)
		if v.Holds && rule.level == report.LevelFail {
			crossed = append(crossed, rule.String())
		}
	}
	if o.shown == nil {
		return crossed, err
	}
	v, failed := o.shown.Judge(d.Hosts)
	d.Where, d.Warnings = o.where, append(d.Warnings, unseenIn("--where", v.Unseen)...)
	switch {
	case failed != nil:
		return crossed, errors.Join(err, failed)
	case o.shown.PerHost():
		shown := make([]*fleet.Outcome, len(v.Hosts))
		for i, host := range v.Hosts {
			shown[i] = d.Hosts[host]
		}
		d.Hosts = shown
	case !v.Holds:
		d.Hosts = []*fleet.Outcome{}
	}
	return crossed, err
}

// unseenIn warns of names that may have been meant otherwise: every script has its own.
func unseenIn(option string, names []string) []string {
	var warnings []string
	for _, name := range names {
		warnings = append(warnings, fmt.Sprintf("%s: no host has a field %s", option, name))
	}
	return warnings
}

// sayThresholds says which rules were crossed and by whom, and what was tolerated.
func (g *gathering) sayThresholds(d *report.Document, ended tally) {
	for _, t := range d.Thresholds {
		if t.Crossed && (t.Level == report.LevelFail || !g.out.quiet) {
			g.say("%s-if crossed: %s%s", t.Level, t.Rule, t.Crossing(d.Summary.Hosts))
		}
	}
	if d.Summary.Hosts == 0 { // there are none, or their beat was reported before
		return
	}
	for _, c := range g.limits.charges(ended, d.Summary.Hosts) {
		if said := c.said(d.Summary.Hosts); said != "" && !g.out.quiet {
			g.say("%s", said)
		}
	}
}

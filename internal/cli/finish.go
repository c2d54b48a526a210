package cli

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"muster/internal/durable"
	"muster/internal/report"
)

// gathered is what a run came to.
type gathered struct {
	run        report.Run
	ledger     *ledger
	workers    []report.Worker
	warnings   []string
	failedFast bool
	failed     error // muster's own failure
	journalErr error
	writeErr   error // of records
	last       bool  // no other beat follows
}

// finish writes the report, says what is left to say, and sets the exit code. It does not wait for whoever reads that
// longer than the ender does, and reports whether it was done by then.
func (g *gathering) finish(got *gathered, out *outputs) bool {
	var code int
	var crossed []string
	if got.ledger.end.awaits(func() { code, crossed = g.conclude(got, out) }) {
		g.code, g.crossed = code, crossed
		return true
	}
	var reason string
	g.code, reason = g.ending(got, nil, nil).code()
	g.say("%s; the report could not be written in time", reason)
	return false
}

// conclude returns the exit code, and the rules that were crossed and make one.
func (g *gathering) conclude(got *gathered, out *outputs) (int, []string) {
	document := &report.Document{
		Run: got.run, Hosts: got.ledger.outcomes, Groups: got.ledger.groups, Items: g.items, Summary: got.ledger.sums.Summary(), Workers: got.workers,
		Warnings: got.warnings, Changes: got.ledger.changes(),
	}
	crossed, unjudged := g.limits.judge(document)
	if unjudged != nil {
		judged := *got // whoever waited for this too long may look at what was got
		judged.failed = errors.Join(got.failed, unjudged)
		got = &judged
	}
	document.By = g.out.view.GroupedBy(document.Hosts)
	err := got.writeErr
	code, reason := g.ending(got, err, crossed).code()
	document.ExitCode, document.ExitReason = code, reason
	if failed := g.write(document, got, out); failed != nil { // else it stands, whatever signal came meanwhile
		err = failed
		code, reason = g.ending(got, err, crossed).code()
	}
	g.tell(document, got, err, code, reason)
	return code, crossed
}

// ending is how the run ended, as far as that has come: writing its report may have failed since, or a signal come.
func (g *gathering) ending(got *gathered, writeErr error, crossed []string) ending {
	end := ending{
		failed: got.failed, failedFast: got.failedFast, byStatus: got.ledger.ended.byStatus, early: got.ledger.ended.early,
		tolerance: g.limits.tolerance, crossed: crossed, hosts: len(got.ledger.hosts), groups: report.GroupStatuses(got.ledger.groups), gone: errors.Is(writeErr, syscall.EPIPE),
	}
	for _, err := range []error{writeErr, got.journalErr} {
		if end.failed == nil {
			end.failed = err
		}
	}
	got.ledger.end.why(&end)
	return end
}

// write writes the outputs and the list of failed hosts.
func (g *gathering) write(d *report.Document, got *gathered, out *outputs) error {
	var failedTo error
	if g.time.failedTo != "" { // first: whoever reads stdout may not
		failedTo = writeFailed(g.time.failedTo, got.ledger.failedHosts())
	}
	err := out.document(d)
	if got.last {
		err = errors.Join(out.closeStreams(), err)
	}
	if err == nil && g.epilogue != nil && out.tableOnStdout() {
		err = g.epilogue(g.Stdout, d)
	}
	return errors.Join(failedTo, err)
}

// writeFailed writes the hosts that are not ok as a hostfile.
func writeFailed(file string, labels []string) error {
	return durable.WriteFile(file, 0o644, func(w io.Writer) error {
		var b strings.Builder
		for _, label := range labels {
			b.WriteString(label + "\n")
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// tell says on stderr what the report does not.
func (g *gathering) tell(d *report.Document, got *gathered, writeErr error, code int, reason string) {
	if g.out.verbose && (d.Run.Beat == 0 || len(d.Workers) > 0) { // between beats workers live on
		if err := report.WorkersGrid(d.Workers).Write(g.Stderr, widthOf(g.Stderr)); err != nil {
			g.say("workers: %v", err)
		}
		if d.Groups != nil {
			if err := report.GroupsGrid(d.Groups).Write(g.Stderr, widthOf(g.Stderr)); err != nil {
				g.say("groups: %v", err)
			}
		}
	}
	if !g.out.quiet {
		for _, w := range d.Warnings {
			g.say("warning: %s", w)
		}
	}
	if d.Run.DoneBefore > 0 && !g.out.quiet {
		g.say("done before, from the journal: %d of %d", d.Run.DoneBefore, len(got.ledger.hosts))
	}
	if got.journalErr != nil {
		g.say("cannot write the journal, which lacks what came after: %v", got.journalErr)
	}
	switch {
	case code == codeGone:
		return
	case writeErr != nil:
		g.say("cannot write output: %v", writeErr)
	}
	if got.failed != nil {
		g.sayError(got.failed)
	}
	g.sayThresholds(d, got.ledger.ended)
	if code >= codeDeadline {
		g.say("%s", reason)
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if err := report.Annotations(g.Stderr, d); err != nil {
			g.say("%v", err)
		}
	}
	if !g.out.quiet && d.Run.Beat <= 1 { // of a watch, once
		for _, hint := range g.hints(d) {
			g.say("hint: %s", hint)
		}
	}
}

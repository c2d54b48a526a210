package cli

import (
	"errors"
	"io"
	"strings"
	"syscall"

	"muster/internal/durable"
	"muster/internal/fleet"
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
	writeErr   error // of records
}

// finish writes the report, says what is left to say, and sets the exit code.
func (g *gathering) finish(got *gathered, out *outputs) error {
	end := ending{
		failed: got.failed, failedFast: got.failedFast, byStatus: got.ledger.sums.Summary().ByStatus, hosts: len(got.ledger.hosts),
	}
	got.ledger.end.why(&end)
	if got.writeErr != nil && end.failed == nil {
		end.failed = got.writeErr
	}
	document := &report.Document{
		Run: got.run, Hosts: got.ledger.outcomes, Summary: got.ledger.sums.Summary(), Workers: got.workers, Warnings: got.warnings,
	}
	document.ExitCode, document.ExitReason = end.code()
	err := g.write(document, got, out)
	if errors.Is(err, syscall.EPIPE) {
		end.gone = true
	} else if err != nil && end.failed == nil {
		end.failed = err
	}
	g.code, _ = end.code()
	g.tell(document, got, err)
	return nil
}

// write writes the outputs and the list of failed hosts; a second signal does not wait for it.
func (g *gathering) write(d *report.Document, got *gathered, out *outputs) error {
	written := make(chan error, 1)
	go func() {
		err := out.document(d)
		if err == nil && g.epilogue != nil && out.tableOnStdout() {
			err = g.epilogue(g.Stdout, d)
		}
		if g.time.failedTo != "" {
			err = errors.Join(err, writeFailed(g.time.failedTo, d.Hosts))
		}
		written <- err
	}()
	select {
	case err := <-written:
		return err
	case <-got.ledger.end.now:
		return nil
	}
}

// writeFailed writes the hosts that are not ok as a hostfile.
func writeFailed(file string, hosts []*fleet.Outcome) error {
	return durable.WriteFile(file, 0o644, func(w io.Writer) error {
		var b strings.Builder
		for _, o := range hosts {
			if o.Status.Failed() {
				b.WriteString(o.Host + "\n")
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// tell says on stderr what the report does not.
func (g *gathering) tell(d *report.Document, got *gathered, writeErr error) {
	if g.out.verbose {
		if err := report.WorkersGrid(d.Workers).Write(g.Stderr, 0); err != nil {
			g.say("workers: %v", err)
		}
	}
	if !g.out.quiet {
		for _, w := range d.Warnings {
			g.say("warning: %s", w)
		}
	}
	if writeErr == nil {
		writeErr = got.writeErr
	}
	switch {
	case g.code == codeGone:
		return
	case writeErr != nil:
		g.say("cannot write output: %v", writeErr)
	}
	if got.failed != nil {
		g.sayError(got.failed)
	}
	if g.code >= codeDeadline {
		g.say("%s", d.ExitReason)
	}
	if !g.out.quiet {
		for _, hint := range hints(d.Summary.ByStatus) {
			g.say("hint: %s", hint)
		}
	}
}

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"muster/internal/durable"
	"muster/internal/fleet"
	"muster/internal/report"
)

// outputs are where the report goes: one place at most is stdout.
type outputs struct {
	options *outputOptions
	stdout  *os.File
	all     []report.Output
	records []recorder
}

// recorder writes a record as each host finishes.
type recorder struct {
	*report.NDJSON
	file io.Closer
}

// open checks the outputs asked for and opens those that are written as hosts finish.
func (o *outputOptions) open(inv *invocation) (*outputs, error) {
	out := &outputs{options: o, stdout: inv.Stdout}
	onStdout := 0
	asked := o.outputs.Value()
	if len(asked) == 0 {
		asked = []string{"table"}
	}
	for _, text := range asked {
		output, err := report.ParseOutput(text)
		if err != nil {
			return nil, usageError{err}
		}
		if output.File == "" {
			onStdout++
		}
		out.all = append(out.all, output)
	}
	if onStdout > 1 {
		return nil, usagef("--output: only one format can go to standard output: give the others a file, as in json=FILE")
	}
	if o.view.Width == 0 && term.IsTerminal(int(inv.Stdout.Fd())) {
		o.view.Width, _, _ = term.GetSize(int(inv.Stdout.Fd()))
	}
	o.view.Color = wanted(o.color, inv.Stdout) && (o.color == "always" || os.Getenv("NO_COLOR") == "")
	return out, nil
}

// start opens the files of records. It is called when the run is sure to begin.
func (o *outputs) start() error {
	for _, output := range o.all {
		if output.Format != report.FormatNDJSON {
			continue
		}
		if output.File == "" {
			o.records = append(o.records, recorder{report.NewNDJSON(o.stdout), io.NopCloser(nil)})
			continue
		}
		file, err := os.OpenFile(output.File, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return fmt.Errorf("cannot write output: %w", err)
		}
		o.records = append(o.records, recorder{report.NewNDJSON(file), file})
	}
	return nil
}

// record writes one host's record to every output that takes records.
func (o *outputs) record(outcome *fleet.Outcome) error {
	for _, r := range o.records {
		if err := r.Write(outcome); err != nil {
			return err
		}
	}
	return nil
}

// document closes the files of records and writes the whole report to every other output. All are tried; the first
// error is returned.
func (o *outputs) document(d *report.Document) error {
	var errs []error
	for _, r := range o.records {
		errs = append(errs, r.file.Close())
	}
	for _, output := range o.all {
		write := o.encoder(output.Format)
		switch {
		case write == nil:
		case output.File == "":
			errs = append(errs, write(o.stdout, d))
		default:
			errs = append(errs, durable.WriteFile(output.File, 0o644, func(w io.Writer) error { return write(w, d) }))
		}
	}
	return errors.Join(errs...)
}

func (o *outputs) tableOnStdout() bool {
	return slices.Contains(o.all, report.Output{Format: report.FormatTable})
}

// encoder is nil for a format that is written as hosts finish.
func (o *outputs) encoder(format report.Format) func(io.Writer, *report.Document) error {
	switch format {
	case report.FormatJSON:
		return report.JSON
	case report.FormatCSV:
		return func(w io.Writer, d *report.Document) error { return report.CSV(w, d, o.options.view) }
	case report.FormatTable:
		return func(w io.Writer, d *report.Document) error { return report.Table(w, d, o.options.view) }
	}
	return nil
}

// wanted decides auto, always or never for what is made for people at a terminal.
func wanted(when string, f *os.File) bool {
	return when == "always" || when == "auto" && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// progress shows how far the run is, where somebody watches.
func (g *gathering) progress() *report.Progress {
	return report.NewProgress(g.Stderr, !g.out.quiet && wanted(g.out.progress, g.Stderr))
}

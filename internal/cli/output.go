package cli

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/term"

	"muster/internal/fleet"
	"muster/internal/report"
)

// outputs are where the report goes; one at most is stdout.
type outputs struct {
	view    report.Options
	stdout  *os.File
	all     []report.Output
	streams []*report.NDJSON // those that are written as hosts finish
	dir     *outputDir       // nil: none
	line    bool             // one line is all of the report that stdout has
	screen  *screen          // on which a table is drawn over the last; nil: tables follow each other
}

// open checks the outputs asked for, so that what is wrong with them is said before a run begins.
func (o *outputOptions) open(inv *invocation) (*outputs, error) {
	all, err := report.ParseOutputs(o.outputs.Value())
	if err != nil {
		return nil, usageError{err}
	}
	asked := slices.ContainsFunc(all, func(out report.Output) bool { return out.Format == report.FormatTemplate })
	if !asked && inv.defaults["template"] != "" { // a default that is of no use
		o.view.Template = ""
	}
	if asked != (o.view.Template != "") {
		return nil, usagef("--output template and --template TEXT: only both together")
	}
	for _, output := range all {
		if err := output.Check(); err != nil {
			return nil, err
		}
	}
	view := o.view
	view.Width = widthOf(inv.Stdout)
	view.Color = wanted(o.color, inv.Stdout) && (o.color == "always" || os.Getenv("NO_COLOR") == "")
	return &outputs{view: view, stdout: inv.Stdout, all: all}, nil
}

// abridge has one line stand on stdout in place of a table that no option asks for.
func (o *outputs) abridge(asked func(option string) bool) {
	if !slices.ContainsFunc([]string{"output", "sort", "top", "columns", "summary-only", "where", "group-by"}, asked) {
		o.all = slices.DeleteFunc(o.all, func(out report.Output) bool { return out == report.Output{Format: report.FormatTable} })
	}
	o.line = !slices.ContainsFunc(o.all, func(out report.Output) bool { return out.File == "" })
}

// start opens what is written as hosts finish, once a run is sure to begin. close must be called once later.
func (o *outputs) start(dir string) (err error) {
	if dir != "" {
		if o.dir, err = openOutputDir(dir); err != nil {
			return err
		}
	}
	for _, output := range o.all {
		if output.Format != report.FormatNDJSON {
			continue
		}
		stream, err := output.Stream(o.stdout)
		if err != nil {
			return err
		}
		o.streams = append(o.streams, stream)
	}
	return nil
}

func (o *outputs) close() {
	if o.dir != nil {
		o.dir.close()
	}
}

// perHost reports whether there is an output for each host, even where the whole report leaves them out.
func (o *outputs) perHost() bool {
	return slices.ContainsFunc(o.all, func(out report.Output) bool {
		return !slices.Contains([]report.Format{report.FormatTable, report.FormatJSON, report.FormatMarkdown}, out.Format)
	})
}

// record writes one host's record to every stream.
func (o *outputs) record(outcome *fleet.Outcome) error {
	for _, stream := range o.streams {
		if err := stream.Write(outcome); err != nil {
			return err
		}
	}
	return nil
}

// filesFirst puts stdout last: whoever reads it may take his time.
func filesFirst(a, b report.Output) int {
	switch {
	case (a.File == "") == (b.File == ""):
		return 0
	case a.File == "":
		return 1
	}
	return -1
}

// closeStreams ends what was written as hosts finished.
func (o *outputs) closeStreams() error {
	var errs []error
	for _, stream := range o.streams {
		errs = append(errs, stream.Close())
	}
	return errors.Join(errs...)
}

// document writes the whole report to every output but those. All are tried.
func (o *outputs) document(d *report.Document) error {
	var errs []error
	for _, output := range slices.SortedStableFunc(slices.Values(o.all), filesFirst) {
		if output.Format != report.FormatNDJSON {
			errs = append(errs, o.write(output, d))
		}
	}
	if o.line {
		errs = append(errs, report.Line(o.stdout, d, o.view.Width))
	}
	return errors.Join(errs...)
}

func (o *outputs) tableOnStdout() bool {
	return slices.Contains(o.all, report.Output{Format: report.FormatTable})
}

// widthOf is how many columns a terminal has; 0 where f is none.
func widthOf(f *os.File) int {
	if fd := int(f.Fd()); term.IsTerminal(fd) {
		width, _, _ := term.GetSize(fd)
		return width
	}
	return 0
}

// wanted decides auto, always or never for what is made for people at a terminal.
func wanted(when string, f *os.File) bool {
	return when == "always" || when == "auto" && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// progress shows how far the run is, where somebody watches, unless lines are shown as they come: it would redraw over them.
func (g *gathering) progress() *report.Progress {
	shown := !(g.watch.on() && g.out.progress == "auto") && !g.keep.stream && !g.out.quiet && wanted(g.out.progress, g.Stderr)
	return report.NewProgress(g.Stderr, shown)
}

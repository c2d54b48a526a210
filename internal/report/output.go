package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muster/internal/durable"
)

// Format names an encoder.
type Format string

// The formats there are.
const (
	FormatTable      Format = "table"
	FormatWide       Format = "wide"
	FormatJSON       Format = "json"
	FormatNDJSON     Format = "ndjson"
	FormatCSV        Format = "csv"
	FormatMarkdown   Format = "markdown"
	FormatJUnit      Format = "junit"
	FormatPrometheus Format = "prometheus"
	FormatTemplate   Format = "template"
)

var formats = []string{
	string(FormatTable), string(FormatWide), string(FormatJSON), string(FormatNDJSON), string(FormatCSV), string(FormatMarkdown), string(FormatJUnit),
	string(FormatPrometheus), string(FormatTemplate),
}

// Formats lists the formats that there are.
func Formats() []string { return slices.Clone(formats) }

const filePerm = 0o644

// Output is one report to write: to a file, or to standard output where File is empty.
type Output struct {
	Format Format
	File   string
}

// ParseOutput parses FORMAT or FORMAT=FILE.
func ParseOutput(spec string) (Output, error) {
	format, file, given := strings.Cut(spec, "=")
	if !slices.Contains(formats, format) {
		return Output{}, fmt.Errorf("output %q: unknown format: want one of %s", spec, strings.Join(formats, ", "))
	}
	if given && file == "" {
		return Output{}, fmt.Errorf("output %q: no file after =", spec)
	}
	return Output{Format: Format(format), File: file}, nil
}

// ParseOutputs parses all that were asked for: each to a file of its own, and at most one to standard output. None means
// a table.
func ParseOutputs(specs []string) ([]Output, error) {
	if len(specs) == 0 {
		return []Output{{Format: FormatTable}}, nil
	}
	var outputs []Output
	for _, spec := range specs {
		o, err := ParseOutput(spec)
		if err != nil {
			return nil, err
		}
		same := slices.IndexFunc(outputs, func(other Output) bool { return other.File == o.File })
		switch {
		case same >= 0 && o.File == "":
			return nil, fmt.Errorf("output %s and %s: only one can go to standard output", outputs[same].Format, o.Format)
		case same >= 0:
			return nil, fmt.Errorf("output %s and %s: both to %s", outputs[same].Format, o.Format, o.File)
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// Check returns an error where the output's directory cannot take it, so that it can be said before a run begins.
func (o Output) Check() error {
	if o.File == "" {
		return nil
	}
	dir := filepath.Dir(o.File)
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", dir)
	}
	if err != nil {
		return fmt.Errorf("output %s: %w", o.Format, err)
	}
	return nil
}

// Write writes d as To does. An ndjson output, which is written while the run goes on, is opened by Stream instead. A file
// has neither colours nor a width.
func (o Output) Write(stdout io.Writer, d *Document, opts Options) error {
	if o.File != "" {
		opts.Color, opts.Width = false, 0
	}
	var encode func(io.Writer) error
	switch o.Format {
	case FormatTable:
		encode = func(w io.Writer) error { return Table(w, d, opts) }
	case FormatWide:
		encode = func(w io.Writer) error { return Wide(w, d, opts) }
	case FormatJSON:
		encode = func(w io.Writer) error { return JSON(w, d) }
	case FormatCSV:
		encode = func(w io.Writer) error { return CSV(w, d, opts) }
	case FormatMarkdown:
		encode = func(w io.Writer) error { return Markdown(w, d, opts) }
	case FormatJUnit:
		encode = func(w io.Writer) error { return JUnit(w, d) }
	case FormatPrometheus:
		encode = func(w io.Writer) error { return Prometheus(w, d) }
	case FormatTemplate:
		encode = func(w io.Writer) error { return Template(w, d, opts) }
	default:
		return fmt.Errorf("output %s: not written at the end of a run", o.Format)
	}
	return o.To(stdout, encode)
}

// To writes what encode writes to the output's file, which is replaced as a whole where that succeeds, or else to stdout.
func (o Output) To(stdout io.Writer, encode func(io.Writer) error) error {
	if o.File == "" {
		return encode(stdout)
	}
	return durable.WriteFile(o.File, filePerm, encode)
}

// Stream opens an ndjson output: its file, made anew, or else stdout. The caller closes it.
func (o Output) Stream(stdout io.Writer) (*NDJSON, error) {
	if o.File == "" {
		return NewNDJSON(stdout), nil
	}
	file, err := os.OpenFile(o.File, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, filePerm)
	if err != nil {
		return nil, fmt.Errorf("output ndjson: %w", err)
	}
	return &NDJSON{w: file, close: file.Close}, nil
}

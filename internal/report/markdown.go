package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/internal/aggregate"
	"muster/internal/hostlist"
)

// A summary of a job is for people to read, and CI systems take no more than a megabyte of it.
const (
	mostMarkdownRows = 500        // of hosts, or of what they are put together by
	mostMarkdownCell = 1000       // columns
	mostMarkdown     = 1000 << 10 // bytes
)

// Markdown writes d as a summary for CI systems that show GitHub's Markdown: what failed, and why, before the hosts. All that
// anybody else wrote stands in code.
func Markdown(w io.Writer, d *Document, opts Options) error {
	var whole bytes.Buffer
	out := bufio.NewWriter(&whole)
	fmt.Fprintf(out, "### muster %s: %d %s%s\n", d.Run.Command, d.Summary.Hosts, d.what(), byStatus(d.Summary.ByStatus))
	if d.Where != "" {
		fmt.Fprintf(out, "\nShown: %d of %d, %s\n", len(d.Hosts), d.Summary.Hosts, code(d.Where))
	}
	if d.ExitReason != "" {
		fmt.Fprintf(out, "\nExit code %d: %s\n", d.ExitCode, code(d.ExitReason))
	}
	markdownThresholds(out, d.Thresholds, d.Summary.Hosts)
	markdownFailures(out, aggregate.Failures(d.Hosts))
	if !opts.SummaryOnly {
		if err := markdownRows(out, d, opts); err != nil {
			return err
		}
	}
	for _, warning := range d.Warnings {
		fmt.Fprintf(out, "\nWarning: %s\n", code(warning))
	}
	out.Flush()
	if _, err := w.Write(shortened(whole.Bytes(), mostMarkdown)); err != nil {
		return fmt.Errorf("markdown write: %w", err)
	}
	return nil
}

// shortened is the first lines of text, of at most so many bytes, and how many more there are.
func shortened(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	end := bytes.LastIndexByte(text[:most], '\n') + 1
	return fmt.Appendf(text[:end:end], "\n%d more lines not shown\n", bytes.Count(text[end:], []byte("\n")))
}

func markdownThresholds(out *bufio.Writer, thresholds []Threshold, all int) {
	var rows [][]string
	for _, t := range thresholds {
		crossed := "no"
		if t.Crossed {
			crossed = "**" + t.Level + "**"
		}
		rows = append(rows, []string{code(t.Rule), crossed, code(strings.TrimPrefix(t.Crossing(all), ": "))})
	}
	markdownTable(out, []string{"threshold", "crossed", ""}, nil, rows)
}

func markdownFailures(out *bufio.Writer, failures []aggregate.Failure) {
	var rows [][]string
	for _, f := range failures {
		status := code(string(f.Status))
		for _, r := range f.Reasons[:min(len(f.Reasons), mostReasons)] {
			rows = append(rows, []string{status, fmt.Sprint(len(r.Hosts)), code(hostlist.Fold(r.Hosts)), code(reason(r))})
		}
		if more := len(f.Reasons) - mostReasons; more > 0 {
			rows = append(rows, []string{status, "", "", fmt.Sprintf("and %d more reasons", more)})
		}
	}
	markdownTable(out, []string{"status", "hosts", "which", "why"}, []bool{false, true, false, false}, rows)
}

// markdownRows writes the rows that a table would have.
func markdownRows(out *bufio.Writer, d *Document, opts Options) error {
	if opts.Top == 0 || opts.Top > mostMarkdownRows {
		opts.Top = mostMarkdownRows
	}
	g, left, err := opts.grid(d)
	if err != nil {
		return err
	}
	for _, row := range append(g.Rows, g.Header) {
		for c := range row {
			row[c] = code(row[c])
		}
	}
	markdownTable(out, g.Header, g.Right, g.Rows)
	if left > 0 {
		fmt.Fprintf(out, "\n%d more not shown\n", left)
	}
	return nil
}

// markdownTable writes rows under a header, unless there are none. Columns are flush right where right says so.
func markdownTable(out *bufio.Writer, header []string, right []bool, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	align := make([]string, len(header))
	for c := range align {
		align[c] = "---"
		if c < len(right) && right[c] {
			align[c] = "--:"
		}
	}
	out.WriteString("\n")
	for _, cells := range append([][]string{header, align}, rows...) {
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
}

// code shows text as it is. Within code nothing is markup, a link or a mention; what would end it, or the cell that it
// stands in, is written as HTML refers to characters.
func code(text string) string {
	text = cut(Clean(text), mostMarkdownCell)
	switch {
	case text == "":
		return ""
	case !strings.ContainsAny(text, "`|") && strings.TrimSpace(text) == text:
		return "`" + text + "`"
	}
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf && unicode.In(r, unicode.P, unicode.S) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return "<code>" + b.String() + "</code>"
}

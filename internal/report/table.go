package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"muster/internal/fleet"
)

// tableFields fit a terminal of 100 columns; those on the right go first where it is narrower.
var tableFields = []string{
	"host", "load1", "load5", "load1_per_cpu", "cpus", "mem_used_percent", "mem_available_bytes", "mem_total_bytes", "uptime_seconds",
}

// failureFields say something of hosts that failed only.
var failureFields = []string{"status", "phase", "hop", "error"}

// Table writes d for people: a row for each host that is ok, the failures folded under their status, and a summary.
// Where opts.Columns asks for a status, phase, hop or error, the hosts that failed have rows as well.
func Table(w io.Writer, d *Document, opts Options) error {
	fields, err := opts.fields(tableFields)
	if err != nil {
		return err
	}
	hosts := d.Hosts
	if !slices.ContainsFunc(fields, func(f fleet.Field) bool { return slices.Contains(failureFields, f.Name) }) {
		hosts = onlyOK(hosts)
	}
	shown, left, err := opts.pick(hosts)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w) // keeps the first error
	if len(shown) > 0 && !opts.SummaryOnly {
		if err := hostGrid(shown, fields, opts.Color).Write(out, opts.Width); err != nil {
			return err
		}
		if left > 0 {
			out.WriteString(cut(fmt.Sprintf(" %d more not shown", left), opts.Width) + "\n")
		}
		out.WriteString("\n")
	}
	writeFailures(out, d.Hosts, opts)
	writeSummary(out, d.Summary, opts)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("table write: %w", err)
	}
	return nil
}

func onlyOK(hosts []*fleet.Outcome) []*fleet.Outcome {
	ok := make([]*fleet.Outcome, 0, len(hosts))
	for _, h := range hosts {
		if h.Status == fleet.StatusOK {
			ok = append(ok, h)
		}
	}
	return ok
}

// hostGrid is the rows of hosts. A column of text is flush left, one of figures flush right.
func hostGrid(hosts []*fleet.Outcome, fields []fleet.Field, color bool) Grid {
	g := Grid{Rows: make([][]string, len(hosts)), Right: make([]bool, len(fields))}
	for c, f := range fields {
		g.Header = append(g.Header, heading(f))
		g.Right[c] = !slices.ContainsFunc(hosts, func(h *fleet.Outcome) bool {
			_, text := f.Value(h).(string)
			return text
		})
	}
	for i, h := range hosts {
		g.Rows[i] = make([]string, len(fields))
		for c, f := range fields {
			g.Rows[i][c] = readable(f, f.Value(h))
		}
	}
	if color {
		g.tone = func(row, column int) tone {
			f := fields[column]
			return severity(f.Name, f.Value(hosts[row]))
		}
	}
	return g
}

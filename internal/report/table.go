package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"

	"muster/internal/fleet"
)

// tableFields fit a terminal of 100 columns; those on the right go first where it is narrower.
var tableFields = []string{
	"host", "load1", "load5", "load1_per_cpu", "cpu_used_percent", "cpus", "mem_used_percent", "mem_available_bytes", "mem_total_bytes", "uptime_seconds",
}

// toldFields are shown where a command ran.
var toldFields = []string{"host", "status", "exit_code", "stdout"}

// failureFields say something of hosts that failed only.
var failureFields = []string{"status", "phase", "hop", "error"}

// Table writes d for people: a row for each host that is ok, or what was written on it, the failures folded under their
// status, and a summary. Where opts.Columns asks for a status, phase, hop or error, the hosts that failed have rows as well.
func Table(w io.Writer, d *Document, opts Options) error {
	out := bufio.NewWriter(w) // keeps the first error
	writeBeat(out, d, opts)
	if !opts.SummaryOnly {
		if err := writeBody(out, d, opts); err != nil {
			return err
		}
	}
	switch {
	case d.Groups != nil && !opts.OnlySaid: // each says how it ended
	case opts.Told && !opts.Streamed && !opts.SummaryOnly && !opts.chosen():
		writeFailures(out, unheard(d.Hosts), opts)
	default:
		writeFailures(out, d.Hosts, opts)
	}
	writeSummary(out, d, opts)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("table write: %w", err)
	}
	return nil
}

// writeBody writes what there is to say of single hosts and groups.
func writeBody(out *bufio.Writer, d *Document, opts Options) error {
	if err := writeGroups(out, d.Groups, opts); err != nil {
		return err
	}
	switch {
	case opts.chosen(), d.Groups == nil && !opts.Told, opts.OnlySaid:
		return writeRows(out, d, opts)
	case opts.Told && !opts.Streamed:
		return writeTold(out, d.Hosts, opts)
	}
	return nil
}

// writeRows writes the grid of hosts.
func writeRows(out *bufio.Writer, d *Document, opts Options) error {
	fields, err := opts.fields(opts.preset(d.Hosts))
	if err != nil {
		return err
	}
	hosts := d.Hosts
	if !slices.ContainsFunc(fields, func(f fleet.Field) bool { return slices.Contains(failureFields, f.Name) }) {
		hosts = onlyOK(hosts)
	}
	shown, left, err := opts.pick(hosts)
	if err != nil || len(shown) == 0 {
		return err
	}
	if err := hostGrid(shown, fields, opts.Color).Write(out, opts.Width); err != nil {
		return err
	}
	if left > 0 {
		out.WriteString(cut(fmt.Sprintf(" %d more not shown", left), opts.Width) + "\n")
	}
	out.WriteString("\n")
	return nil
}

// chosen reports whether rows were asked for that would not be shown otherwise.
func (o Options) chosen() bool { return len(o.Columns) > 0 || o.Sort != "" || o.Top > 0 }

// preset is the names of the fields to show where nobody chose: of those that there are, and where records bring their
// own, that some host has.
func (o Options) preset(hosts []*fleet.Outcome) []string {
	wanted := tableFields
	if o.Told {
		wanted = toldFields
	}
	var names []string
	for _, name := range wanted {
		f, ok := fleet.FindField(o.all(), name)
		if ok && (!o.Open || slices.ContainsFunc(hosts, func(h *fleet.Outcome) bool { return f.Value(h) != nil })) {
			names = append(names, name)
		}
	}
	if o.Open {
		names = append(names, extraNames(hosts)...)
	}
	return names
}

// maxExtra bounds the columns of what records bring beside readings: scripts choose their names. Columns that were asked
// for are shown in any case.
const maxExtra = 32

// extraNames are the names of that, the first by name where there are too many.
func extraNames(hosts []*fleet.Outcome) []string {
	var all []string
	for _, h := range hosts {
		for _, name := range slices.Sorted(maps.Keys(h.Extra)) {
			at, known := slices.BinarySearch(all, name)
			if known || name == "" || at == maxExtra { // the empty name has no column
				continue
			}
			all = slices.Insert(all, at, name)
			all = all[:min(len(all), maxExtra)]
		}
	}
	return all
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

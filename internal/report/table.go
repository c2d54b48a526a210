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

// wideFields and wideToldFields are shown where there is room for any number of columns.
var (
	wideFields = []string{
		"host", "status", "address", "os", "kernel", "uptime_seconds", "cpus", "load1", "load5", "load15", "load1_per_cpu", "procs_running", "procs_total",
		"mem_used_percent", "mem_used_bytes", "mem_available_bytes", "mem_total_bytes", "swap_used_percent", "swap_total_bytes",
		"psi_cpu_some_avg10", "psi_memory_some_avg10", "psi_io_some_avg10", "clock_offset_ms", "connect_ms", "duration_ms", "attempts", "chunk",
	}
	wideToldFields = []string{"host", "status", "address", "exit_code", "signal", "connect_ms", "duration_ms", "attempts", "chunk", "stdout", "stderr"}
)

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

// Wide is Table with a row for every host, in lines as long as they come.
func Wide(w io.Writer, d *Document, opts Options) error {
	opts.wide, opts.Width = true, 0
	return Table(w, d, opts)
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
	g, left, err := opts.grid(d)
	if err != nil || len(g.Rows) == 0 {
		return err
	}
	if err := g.Write(out, opts.Width); err != nil {
		return err
	}
	if left > 0 {
		out.WriteString(cut(fmt.Sprintf(" %d more not shown", left), opts.Width) + "\n")
	}
	out.WriteString("\n")
	return nil
}

// grid returns the rows to show, of hosts or of what they are put together by, and how many more Top leaves out.
func (o Options) grid(d *Document) (g Grid, left int, err error) {
	if d.By != nil {
		g, left = d.By.grid(o.Top)
		return g, left, nil
	}
	fields, shown, left, err := o.rows(d)
	if err != nil {
		return Grid{}, 0, err
	}
	return hostGrid(shown, fields, o.Color), left, nil
}

// rows returns the fields and hosts to show, and how many more Top leaves out. Failures, which are shown elsewhere, have no
// rows unless a field says something of them.
func (o Options) rows(d *Document) (fields []fleet.Field, shown []*fleet.Outcome, left int, err error) {
	if fields, err = o.fields(o.preset(d.Hosts)); err != nil {
		return nil, nil, 0, err
	}
	hosts := d.Hosts
	if !slices.ContainsFunc(fields, func(f fleet.Field) bool { return slices.Contains(failureFields, f.Name) }) {
		hosts = onlyOK(hosts)
	}
	shown, left, err = o.pick(hosts)
	return fields, shown, left, err
}

// chosen reports whether rows were asked for that would not be shown otherwise.
func (o Options) chosen() bool {
	return o.wide || len(o.Columns) > 0 || o.By != "" || o.Sort != "" || o.Top > 0
}

// preset is the names of the fields to show where nobody chose: of those that there are, and where records bring their
// own, that some host has.
func (o Options) preset(hosts []*fleet.Outcome) []string {
	wanted := tableFields
	switch {
	case o.wide && o.Told:
		wanted = wideToldFields
	case o.wide:
		wanted = wideFields
	case o.Told:
		wanted = toldFields
	}
	var names []string
	for _, name := range wanted {
		f, ok := fleet.FindField(o.All(), name)
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

package report

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/internal/fleet"
	"muster/internal/stats"
)

// writeSummary writes what is to be said of the fleet as a whole.
func writeSummary(out *bufio.Writer, d *Document, opts Options) {
	s := d.Summary
	write := func(text string) {
		for _, l := range wrap(text, opts.Width) {
			out.WriteString(l + "\n")
		}
	}
	line := func(name, text string) { write(Clean(fmt.Sprintf("%-10s  %s", name, text))) }
	if d.Groups != nil {
		line("groups", fmt.Sprintf("%d%s", len(d.Groups), byStatus(GroupStatuses(d.Groups))))
	}
	if d.Where != "" {
		line("shown", fmt.Sprintf("%d of %d: %s", len(d.Hosts), s.Hosts, d.Where))
	}
	line(d.what(), fmt.Sprintf("%d%s", s.Hosts, byStatus(s.ByStatus)))
	if s.Load1PerCPU != nil {
		line("load1/cpu", spread(s.Load1PerCPU, "%.2f"))
	}
	if s.MemUsedPercent != nil {
		line("mem_used%", spread(s.MemUsedPercent, "%.1f%%"))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Extra)) {
		if name == "" {
			continue // as it has no column
		}
		write(Quote(" ", []byte(pad(Clean(name), 9)+"  "+spread(s.Extra[name], "%.2f")))) // a name from elsewhere begins no line
	}
	if s.MemTotalBytes != nil && s.MemUsedBytes != nil {
		line("memory", fmt.Sprintf("%s of %s used", Bytes(*s.MemUsedBytes), Bytes(*s.MemTotalBytes)))
	}
}

// GroupStatuses counts the groups that ended with each status.
func GroupStatuses(groups []Group) map[fleet.Status]int {
	counts := map[fleet.Status]int{}
	for _, g := range groups {
		counts[g.Status]++
	}
	return counts
}

// byStatus lists the statuses that occurred, ok first: ": 197 ok, 3 unreachable".
func byStatus(counts map[fleet.Status]int) string { return byStatusNaming(counts, nil) }

// byStatusNaming is byStatus with hosts behind their statuses: ": 197 ok, 3 unreachable (n[1-3])".
func byStatusNaming(counts map[fleet.Status]int, hosts map[fleet.Status]string) string {
	order := slices.Clone(fleet.Statuses)
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(order, s) {
			order = append(order, s)
		}
	}
	var parts []string
	for _, s := range order {
		if n := counts[s]; n > 0 {
			part := fmt.Sprintf("%d %s", n, Clean(string(s)))
			if hosts[s] != "" {
				part += " (" + hosts[s] + ")"
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func spread(d *stats.Distribution, format string) string {
	return fmt.Sprintf("p50 "+format+"  p95 "+format+"  max "+format, d.P50, d.P95, d.Max)
}

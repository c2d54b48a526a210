package report

import (
	"fmt"
	"io"
	"strings"

	"muster/internal/aggregate"
	"muster/internal/hostlist"
)

// mostNamed bounds, in columns, how much of a list of hosts one line has.
const mostNamed = 60

// Line writes d as one line: how many hosts there are, how they ended, which of them failed, and the exit code unless it is 0.
func Line(w io.Writer, d *Document) error {
	what := "hosts"
	if d.Items {
		what = "items"
	}
	counts := byStatus(d.Summary.ByStatus)
	for _, f := range aggregate.Failures(d.Hosts) {
		count := fmt.Sprintf("%d %s", len(f.Hosts), f.Status)
		counts = strings.Replace(counts, count, fmt.Sprintf("%s (%s)", count, cut(hostlist.Fold(f.Hosts), mostNamed)), 1)
	}
	line := fmt.Sprintf("%d %s%s", d.Summary.Hosts, what, counts)
	if d.ExitCode != 0 {
		line += fmt.Sprintf("; exit code %d", d.ExitCode)
	}
	if _, err := io.WriteString(w, Clean(line)+"\n"); err != nil {
		return fmt.Errorf("line write: %w", err)
	}
	return nil
}

package report

import (
	"fmt"
	"io"

	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// mostNamed bounds, in columns, how much of a list of hosts one line has.
const mostNamed = 60

// Line writes d as one line, of at most so many columns, 0 being any number: how many hosts there are, how they ended, which of
// them failed, and the exit code unless it is 0.
func Line(w io.Writer, d *Document, width int) error {
	named := map[fleet.Status]string{}
	for _, f := range aggregate.Failures(d.Hosts) {
		named[f.Status] = cut(hostlist.Fold(f.Hosts), mostNamed)
	}
	line := fmt.Sprintf("%d %s%s", d.Summary.Hosts, d.what(), byStatusNaming(d.Summary.ByStatus, named))
	if d.ExitCode != 0 {
		line += fmt.Sprintf("; exit code %d", d.ExitCode)
	}
	if _, err := io.WriteString(w, cut(Clean(line), width)+"\n"); err != nil {
		return fmt.Errorf("line write: %w", err)
	}
	return nil
}

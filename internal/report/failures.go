package report

import (
	"bufio"
	"fmt"
	"strings"

	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// mostReasons bounds how many reasons are written under one status; hosts are all named beside the status itself.
const mostReasons = 3

// writeFailures writes each status with the hosts that ended so, folded, and below it why:
//
//	timeout (5): n[013-017]
//	  banner: no identification within 10s (3): n[013-015]
//	  exec: command did not end within 30s (2): n[016-017]
func writeFailures(out *bufio.Writer, hosts []*fleet.Outcome, opts Options) {
	failures := aggregate.Failures(hosts)
	for _, f := range failures {
		writeFailure(out, f, opts)
	}
	if len(failures) > 0 {
		out.WriteString("\n")
	}
}

func writeFailure(out *bufio.Writer, f aggregate.Failure, opts Options) {
	status := Clean(string(f.Status))
	for i, line := range wrap(status+Clean(counted(f.Hosts)), opts.Width) {
		if rest, whole := strings.CutPrefix(line, status); whole && i == 0 && opts.Color {
			line = statusTone(f.Status).paint(status) + rest
		}
		out.WriteString(line + "\n")
	}
	for _, r := range f.Reasons[:min(len(f.Reasons), mostReasons)] {
		text := reason(r)
		if len(f.Reasons) > 1 {
			text += counted(r.Hosts)
		}
		if text != "" {
			out.WriteString(cut(Quote("  ", []byte(text)), opts.Width) + "\n")
		}
	}
	if more := len(f.Reasons) - mostReasons; more > 0 {
		out.WriteString(cut(fmt.Sprintf("  and %d more reasons", more), opts.Width) + "\n")
	}
}

// counted is how many hosts there are, and which.
func counted(hosts []string) string {
	return fmt.Sprintf(" (%d): %s", len(hosts), hostlist.Fold(hosts))
}

// reason is phase at hop: error, as far as each is known.
func reason(r aggregate.Reason) string {
	where := string(r.Phase)
	if r.Hop != "" {
		where += " at " + r.Hop
	}
	switch {
	case where == "":
		return r.Error
	case r.Error == "":
		return where
	}
	return where + ": " + r.Error
}

package report

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// told is the hosts on which a command wrote the same and ended in the same way.
type told struct {
	first *fleet.Outcome
	hosts []string
}

// fold puts hosts together whose command ran and did the same, most hosts first, and otherwise in the order given.
func fold(hosts []*fleet.Outcome) []told {
	type key struct {
		status                           fleet.Status
		code                             int
		signal                           string
		stdout, stderr                   fleet.Text
		stdoutTruncated, stderrTruncated int64
	}
	var groups []told
	index := map[key]int{}
	for _, h := range hosts {
		if !ran(h) {
			continue
		}
		k := key{h.Status, 0, h.Signal, h.Stdout, h.Stderr, h.StdoutTruncatedBytes, h.StderrTruncatedBytes}
		if h.ExitCode != nil {
			k.code = *h.ExitCode
		}
		at, known := index[k]
		if !known {
			at = len(groups)
			index[k] = at
			groups = append(groups, told{first: h})
		}
		groups[at].hosts = append(groups[at].hosts, h.Host)
	}
	slices.SortStableFunc(groups, func(a, b told) int { return cmp.Compare(len(b.hosts), len(a.hosts)) })
	return groups
}

// writeTold writes what commands wrote, that of many hosts once:
//
//	web[1-3,7] (4)
//	  Linux 6.1.0
//	web5 (1): exit status 2
//	  stderr: no such file
func writeTold(out *bufio.Writer, hosts []*fleet.Outcome, opts Options) error {
	groups := fold(hosts)
	for _, g := range groups {
		header := hostlist.Fold(g.hosts) + fmt.Sprintf(" (%d)", len(g.hosts))
		switch {
		case g.first.Status.Failed():
			header += ": " + ending(g.first.Status, g.first.ExitCode, g.first.Error)
		case g.first.Stdout == nil:
			header += ": its output could not be kept"
		case g.first.Stdout.Len() == 0 && g.first.Stderr.Len() == 0:
			header += ": no output"
		}
		writeHeader(out, header, g.first.Status, opts)
		if err := writeStreams(out, g.first.Stdout, g.first.Stderr, g.first.StdoutTruncatedBytes, g.first.StderrTruncatedBytes); err != nil {
			return err
		}
	}
	if len(groups) > 0 {
		out.WriteString("\n")
	}
	return nil
}

// ending is how a command or script ended: its exit status, below which its stderr stands, or else why it has none.
func ending(status fleet.Status, code *int, why string) string {
	switch {
	case status == fleet.StatusExit && code != nil && strings.HasPrefix(why, fmt.Sprintf("exit status %d", *code)):
		return fmt.Sprintf("exit status %d", *code)
	case why == "":
		return string(status)
	}
	return string(status) + ": " + why
}

// ran reports whether a command came to run on a host.
func ran(h *fleet.Outcome) bool { return h.Stdout != nil || h.ExitCode != nil || h.Signal != "" }

// unheard are the hosts of which there is no more to show than that they failed.
func unheard(hosts []*fleet.Outcome) []*fleet.Outcome {
	var left []*fleet.Outcome
	for _, h := range hosts {
		if !ran(h) {
			left = append(left, h)
		}
	}
	return left
}

// writeHeader writes a line that what was written by others follows. Where it is broken, what others said comes to stand
// behind blanks alone.
func writeHeader(out *bufio.Writer, header string, status fleet.Status, opts Options) {
	for i, line := range wrap(Clean(header), opts.Width) {
		if i > 0 {
			line = cut(lead(line), opts.Width)
		}
		if opts.Color {
			line = statusTone(status).paint(line)
		}
		out.WriteString(line + "\n")
	}
}

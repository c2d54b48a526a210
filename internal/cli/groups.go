package cli

import (
	"fmt"

	"muster/internal/fleet"
	"muster/internal/report"
)

// openGroups makes a group for each chunk, which nobody has begun.
func (l *ledger) openGroups(chunks [][]int, items bool) {
	l.groups = make([]report.Group, len(chunks))
	for i, chunk := range chunks {
		g := report.Group{Chunk: i, Count: len(chunk), Status: fleet.StatusSkipped}
		for _, host := range chunk {
			if !items {
				g.Hosts = append(g.Hosts, l.hosts[host].Label)
			}
		}
		l.groups[i] = g
	}
}

// groupBegun says that a chunk's script is running. Should nobody tell how it ended, it was cut off.
func (l *ledger) groupBegun(chunk, attempt int) {
	l.said.begin(chunk)
	l.groups[chunk].Attempts, l.groups[chunk].Status = attempt, fleet.StatusCanceled
	l.progress.Started(report.Tag(chunk))
}

// group takes how a chunk's script ended.
func (l *ledger) group(chunk int, ended fleet.Group, attempts int) {
	g := &l.groups[chunk]
	g.Status, g.Error, g.Attempts, g.Signal = ended.Status, ended.Error, attempts, ended.Signal
	g.Stdout, g.Stderr, _ = l.said.end(chunk)
	g.StdoutTruncatedBytes, g.StderrTruncatedBytes = ended.StdoutTruncatedBytes, ended.StderrTruncatedBytes
	g.MaxRSSBytes = known(ended.Usage.MaxRSSBytes)
	if ended.ExitCode >= 0 {
		g.ExitCode = &ended.ExitCode
	}
	if ended.DurationMS > 0 {
		g.DurationMS, g.UserSeconds, g.SystemSeconds = &ended.DurationMS, &ended.Usage.UserSeconds, &ended.Usage.SystemSeconds
	}
	if ended.Ignored > 0 {
		l.doubts = append(l.doubts, fmt.Sprintf("chunk %d: lines that are no record of a host: %d; %s", chunk, ended.Ignored, ended.Doubt))
	}
	if ended.Unsaid > 0 {
		l.doubts = append(l.doubts, fmt.Sprintf("chunk %d: hosts of which its script said nothing: %d", chunk, ended.Unsaid))
	}
	l.progress.Ended(report.Tag(chunk))
	written := *g
	l.entries.put(func() {
		l.records.put(func() error {
			if l.out.dir == nil {
				return nil
			}
			return l.out.dir.write(chunkName(chunk), written.Stdout, written.Stderr)
		})
	})
}

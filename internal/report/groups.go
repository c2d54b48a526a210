package report

import (
	"bufio"
	"fmt"
	"strconv"
	"time"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// maxNames is how many columns the hosts of a group may take of which there is nothing to look into.
const maxNames = 80

// Tag stands in front of each line of a chunk's script.
func Tag(chunk int) string { return "chunk " + strconv.Itoa(chunk) }

// writeGroups writes what the script of each chunk did and wrote. Where opts.Tag is set each line says whose it is:
//
//	chunk 0 (3): n[1,5,9]: ok in 12ms        chunk 0: what it wrote
//	  what it wrote
func writeGroups(out *bufio.Writer, groups []Group, opts Options) error {
	shown := false
	for _, g := range groups {
		if opts.OnlySaid && g.Status == fleet.StatusOK && silent(g) {
			continue
		}
		write := writeGroup
		if opts.Tag {
			write = writeTagged
		}
		if err := write(out, g, opts); err != nil {
			return err
		}
		shown = true
	}
	if shown {
		out.WriteString("\n")
	}
	return nil
}

func writeGroup(out *bufio.Writer, g Group, opts Options) error {
	writeHeader(out, g.name()+": "+g.ended(), g.Status, opts)
	if opts.Streamed {
		return nil
	}
	return writeStreams(out, g.Stdout, g.Stderr, g.StdoutTruncatedBytes, g.StderrTruncatedBytes)
}

func writeTagged(out *bufio.Writer, g Group, opts Options) error {
	prefix := Tag(g.Chunk) + ": "
	if !opts.Streamed {
		if err := writeText(out, prefix, g.Stdout, g.StdoutTruncatedBytes); err != nil {
			return err
		}
		if err := writeText(out, prefix+"stderr: ", g.Stderr, g.StderrTruncatedBytes); err != nil {
			return err
		}
	}
	if g.Status.Failed() {
		writeHeader(out, prefix+g.ended(), g.Status, opts)
	}
	return nil
}

func silent(g Group) bool {
	return (g.Stdout == nil || g.Stdout.Len() == 0) && (g.Stderr == nil || g.Stderr.Len() == 0)
}

func (g Group) name() string {
	if g.Hosts == nil {
		return fmt.Sprintf("%s (items: %d)", Tag(g.Chunk), g.Count)
	}
	hosts := hostlist.Fold(g.Hosts)
	if !g.Status.Failed() {
		hosts = cut(hosts, maxNames)
	}
	return fmt.Sprintf("%s (%d): %s", Tag(g.Chunk), g.Count, hosts)
}

// ended is how the group's script ended: "exit status 3, 3 attempts in 1.2s".
func (g Group) ended() string {
	text := ending(g.Status, g.ExitCode, g.Error)
	if g.Attempts > 1 {
		text += fmt.Sprintf(", %d attempts", g.Attempts)
	}
	if g.DurationMS != nil && g.Stdout == nil {
		text += ", its output could not be kept"
	}
	if g.DurationMS != nil {
		text += " in " + Duration(duration(*g.DurationMS, time.Millisecond))
	}
	return text
}

// GroupsGrid is the table of groups: how each ended and what it cost.
func GroupsGrid(groups []Group) Grid {
	g := Grid{
		Header: []string{"chunk", "count", "status", "attempts", "exit", "duration", "user", "system", "max_rss", "stdout", "stderr"},
		Right:  []bool{true, true, false, true, true, true, true, true, true, true, true},
	}
	for _, c := range groups {
		exit := given(c.ExitCode, strconv.Itoa)
		if c.Signal != "" {
			exit = c.Signal
		}
		g.Rows = append(g.Rows, []string{
			strconv.Itoa(c.Chunk), strconv.Itoa(c.Count), string(c.Status), strconv.Itoa(c.Attempts), exit,
			given(c.DurationMS, func(ms float64) string { return Duration(duration(ms, time.Millisecond)) }),
			given(c.UserSeconds, cpuTime), given(c.SystemSeconds, cpuTime), given(c.MaxRSSBytes, Bytes),
			written(c.Stdout, c.StdoutTruncatedBytes), written(c.Stderr, c.StderrTruncatedBytes),
		})
	}
	return g
}

func written(t fleet.Text, truncated int64) string {
	if t == nil {
		return "-"
	}
	return Bytes(t.Len() + truncated)
}

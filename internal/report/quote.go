package report

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"muster/internal/fleet"
)

// Quote shows one line that somebody else wrote: whatever it says, it begins with prefix, which is clean and not empty,
// is one line, and neither moves a terminal's cursor nor commands a CI system.
func Quote(prefix string, line []byte) string {
	text := Clean(strings.TrimSuffix(string(line), "\r"))
	if strings.TrimSpace(prefix) == "" {
		text = lead(text)
	}
	return prefix + text
}

// lead is clean text in front of which there may be only blanks in its line: there GitHub takes ::…:: for a command. No
// IPv6 address reads so.
func lead(text string) string {
	if startsBy(text, "::") && strings.Count(text, "::") > 1 {
		return defused(text)
	}
	return text
}

// leadCell is lead where others' text may follow in the line, which may have the end of a command.
func leadCell(text string) string {
	if startsBy(text, "::") {
		return defused(text)
	}
	return text
}

// within cleans text that may come to stand anywhere in a line, also where it begins, beside a colon or others' text.
func within(text string) string {
	text = Clean(text)
	if startsBy(text, ":") {
		return defused(text)
	}
	return text
}

// startsBy reports whether text, blanks apart, begins with colons and is no address, which commands nobody. A zone can be any text.
func startsBy(text, colons string) bool {
	text = strings.TrimLeft(text, " ")
	addr, err := netip.ParseAddr(text)
	return strings.HasPrefix(text, colons) && (err != nil || addr.Zone() != "")
}

// defused is text whose first colon is no longer one.
func defused(text string) string { return strings.Replace(text, ":", `\x3a`, 1) }

// writeText writes all lines of a text, each behind prefix, and how much of it there is not.
func writeText(out *bufio.Writer, prefix string, t fleet.Text, truncated int64) error {
	if t == nil {
		return nil
	}
	text, err := t.Bytes()
	if err != nil {
		return err
	}
	for line := range bytes.Lines(text) {
		out.WriteString(Quote(prefix, bytes.TrimSuffix(line, []byte("\n"))) + "\n")
	}
	if truncated > 0 {
		fmt.Fprintf(out, "%s%s %d more bytes\n", prefix, ellipsis, truncated)
	}
	return nil
}

// What stands in front of what commands and scripts wrote.
const (
	stdoutPrefix = "  "
	stderrPrefix = "  stderr: "
)

func writeStreams(out *bufio.Writer, stdout, stderr fleet.Text, stdoutTruncated, stderrTruncated int64) error {
	if err := writeText(out, stdoutPrefix, stdout, stdoutTruncated); err != nil {
		return err
	}
	return writeText(out, stderrPrefix, stderr, stderrTruncated)
}

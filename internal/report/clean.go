package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from strangers safe to show on one line of a terminal: every rune that could move the cursor, change
// the order of the text, hide, or break the line is replaced by a visible escape, as are bytes that are not UTF-8:
// \x1b, \u202e, \U000e0001; and so is the beginning of what CI systems obey wherever it stands in a line of a log. The
// result holds printable runes only, and cleaning it again changes nothing.
func Clean(s string) string {
	s = escape(s)
	if strings.Contains(s, "##") {
		return commands.Replace(s)
	}
	return s
}

// commands are how CI systems are commanded from within a line of a log: Azure's and GitHub's, TeamCity's.
var commands = strings.NewReplacer("##[", `\x23#[`, "##vso[", `\x23#vso[`, "##teamcity[", `\x23#teamcity[`)

// escape makes all of s printable.
func escape(s string) string {
	i := firstActive(s)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case inert(r, size):
			b.WriteString(s[i : i+size])
		case r < utf8.RuneSelf || size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// firstActive returns the index of the first rune in s that is not inert, or len(s).
func firstActive(s string) int {
	i := 0
	for i < len(s) {
		if ' ' <= s[i] && s[i] <= '~' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !inert(r, size) {
			break
		}
		i += size
	}
	return i
}

// inert reports whether a rune, decoded from size bytes, shows itself and does nothing else. Letters, marks, numbers,
// punctuation, symbols and the plain space do, unless Unicode lets them be ignored (fillers, variation selectors); that
// leaves out C0 and C1 controls, line separators, bidirectional marks and zero-width characters.
func inert(r rune, size int) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	if r == utf8.RuneError && size == 1 {
		return false
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

package report

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks clean text into lines of at most width columns, after blanks and commas where it can. Lines after the
// first are indented, so that nothing in the text comes to stand at the start of a line. 0 is no limit.
func wrap(text string, width int) []string {
	if width <= 0 || displayWidth(text) <= width {
		return []string{text}
	}
	indent := strings.Repeat(" ", min(4, width-1))
	var lines []string
	for line := ""; ; line = indent {
		for text != "" {
			piece := text[:breakAfter(text)]
			if displayWidth(line+strings.TrimRight(piece, " ")) > width {
				break
			}
			line, text = line+piece, text[len(piece):]
		}
		if strings.TrimSpace(line) == "" { // not even one piece fits: break inside it
			line, text = fill(line, text, width)
		}
		lines = append(lines, strings.TrimRight(line, " "))
		text = strings.TrimLeft(text, " ")
		if text == "" {
			return lines
		}
	}
}

// breakAfter returns the length of the first piece of text that a line may end after.
func breakAfter(text string) int {
	if i := strings.IndexAny(text, ", "); i >= 0 {
		return i + 1
	}
	return len(text)
}

// fill moves runes from text to line until it is width columns wide. At least one moves, in place of the line's indent
// where there is no room for both.
func fill(line, text string, width int) (string, string) {
	for moved := 0; text != ""; moved++ {
		_, size := utf8.DecodeRuneInString(text)
		if displayWidth(line+text[:size]) > width {
			if moved > 0 {
				break
			}
			line = ""
		}
		line, text = line+text[:size], text[size:]
	}
	return line, text
}

package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// makeInert replaces what a terminal would act on in the json text of buf, from begin on, by \u escapes, which mean the
// same to json.
// The encoder of encoding/json has dealt with C0 controls and with what is not UTF-8; it passes DEL, C1 controls,
// bidirectional marks and zero-width characters. So is what a CI system would act on: see Clean.
func makeInert(buf *bytes.Buffer, begin int) {
	if isInert(buf.Bytes()[begin:]) { // mostly it is
		return
	}
	text := string(buf.Bytes()[begin:])
	if strings.Contains(text, "##") { // in a string: json has none elsewhere
		text = jsonCommands.Replace(text)
		buf.Truncate(begin)
		buf.WriteString(text)
	}
	i := firstActive(text)
	buf.Truncate(begin + i)
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case inert(r, size):
			buf.WriteString(text[i : i+size])
		case r < 0x10000:
			fmt.Fprintf(buf, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(buf, `\u%04x\u%04x`, high, low)
		}
		i += size
	}
}

// isInert reports whether a text holds nothing but printable ASCII, and no two # in a row.
func isInert(text []byte) bool {
	for i, c := range text {
		if c < ' ' || c > '~' || c == '#' && i > 0 && text[i-1] == '#' {
			return false
		}
	}
	return true
}

var jsonCommands = strings.NewReplacer("##[", `\u0023#[`, "##vso[", `\u0023#vso[`, "##teamcity[", `\u0023#teamcity[`)

package hostlist

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a host list, where, and what may have been meant. It is one line of printable ASCII.
type Error struct {
	Part   string // the host or expression at fault, shortened and quoted where it is not plain text
	Where  string // what the text stands in, FILE:LINE; empty: an argument
	Column int    // where in the whole text, or in that line, from 1, in runes
	Reason string
	Hint   string // may be empty
}

// Error gives the part, its column, the reason and the hint.
func (e *Error) Error() string {
	if e.Where != "" {
		return fmt.Sprintf("%s:%d: %s: %s", e.Where, e.Column, e.Part, e.advice())
	}
	return fmt.Sprintf("%s: column %d: %s", e.Part, e.Column, e.advice())
}

// At returns e about a text that stands in a line of a file, unless it is about a text elsewhere, which a group stands for.
func (e *Error) At(file string, line int) *Error {
	located := *e
	if e.Where == "" {
		located.Where = fmt.Sprintf("%s:%d", file, line)
	}
	return &located
}

func (e *Error) advice() string {
	if e.Hint == "" {
		return e.Reason
	}
	return e.Reason + "; " + e.Hint
}

const maxShown = 60 // bytes of a part that are worth showing

// shorten makes s fit for an error: plain words as they are, anything else quoted, both cut to maxShown.
func shorten(s string) string {
	more := ""
	if len(s) > maxShown {
		cut := maxShown
		for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s, more = s[:cut], "..."
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		s = strconv.QuoteToASCII(s)
	}
	return s + more
}

// column converts an offset in s to a column.
func column(s string, offset int) int { return utf8.RuneCountInString(s[:offset]) + 1 }

// didYouMean is the hint that offers text, or none where there is nothing short and plain to offer.
func didYouMean(text string) string {
	if shorten(text) != text {
		return ""
	}
	return "did you mean " + text + "?"
}

// decimal prints a count that may have been capped by add or multiply.
func decimal(n uint64) string {
	if n == math.MaxUint64 {
		return "more than 10^19"
	}
	return strconv.FormatUint(n, 10)
}

package hostlist

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBrackets bounds the ranges of one word; a host name of 253 characters has no use for more.
const maxBrackets = 32

// word is one operand as it stands in the expression, the frame of every error about it.
type word struct {
	expr       string
	start, end int // offsets in expr
}

// isGroup reports whether w is @name.
func (w word) isGroup() bool { return w.expr[w.start] == '@' }

// pattern reads one word.
func (p *parser) pattern() (pattern, *Error) {
	w := word{p.expr, p.pos, wordEnd(p.expr, p.pos)}
	pat := pattern{word: w}
	literal := w.start
	for pos := w.start; pos < w.end; {
		if w.expr[pos] != '[' {
			n, err := w.literal(pos)
			if err != nil {
				return pattern{}, err
			}
			pos += n
			continue
		}
		closing, err := w.closing(pos)
		if err != nil {
			return pattern{}, err
		}
		if !w.isAddress(pos) {
			r, err := w.ranges(pos+1, closing)
			if err != nil {
				return pattern{}, err
			}
			if len(pat.ranges) == maxBrackets {
				return pattern{}, w.fail(pos, fmt.Sprintf("more than %d ranges in one name", maxBrackets), "")
			}
			pat.literals = append(pat.literals, w.expr[literal:pos])
			pat.ranges = append(pat.ranges, r)
			literal = closing + 1
		}
		pos = closing + 1
	}
	pat.literals = append(pat.literals, w.expr[literal:w.end])
	p.pos = w.end
	return pat, nil
}

// wordEnd finds the end of the word at start: a separator outside brackets and braces, or a blank where they are not
// closed.
func wordEnd(expr string, start int) int {
	for pos := start; pos < len(expr); pos++ {
		if separates(expr[pos]) {
			return pos
		}
		if expr[pos] != '[' && expr[pos] != '{' {
			continue
		}
		n := strings.IndexAny(expr[pos+1:], "[]{}")
		if n < 0 || expr[pos+1+n] != expr[pos]+2 {
			if blank := strings.IndexAny(expr[pos:], blanks); blank >= 0 {
				return pos + blank
			}
			return len(expr)
		}
		pos += 1 + n
	}
	return len(expr)
}

// literal checks one character outside brackets and returns its length.
func (w word) literal(pos int) (int, *Error) {
	r, n := utf8.DecodeRuneInString(w.expr[pos:])
	switch {
	case r == '{':
		return 0, w.fail(pos, "braces are not ranges", didYouMean(unbrace(w.expr[w.start:w.end])))
	case r == '-' && pos == w.start:
		return 0, w.fail(pos, "a host name does not begin with '-'", "")
	case r == ']':
		return 0, w.fail(pos, "']' without '['", "")
	case w.isGroup():
		if problem := refuseInGroup(w.expr[pos:]); problem != "" {
			return 0, w.fail(pos, problem, "")
		}
	case !inHost(r):
		reason, hint := refuse(w.expr[pos:])
		return 0, w.fail(pos, reason, hint)
	}
	return n, nil
}

// closing finds the ']' of the '[' at open.
func (w word) closing(open int) (int, *Error) {
	n := strings.IndexAny(w.expr[open+1:w.end], "[]")
	if n >= 0 && w.expr[open+1+n] == ']' {
		return open + 1 + n, nil
	}
	if n >= 0 && strings.IndexByte(w.expr[open+1+n:w.end], ']') >= 0 {
		return 0, w.fail(open+1+n, "'[' inside '['", "")
	}
	hint := ""
	if inside := w.expr[open+1 : w.end]; inside != "" && strings.Trim(inside, "0123456789,-/") == "" {
		hint = didYouMean(w.expr[w.start:w.end] + "]")
	}
	return 0, w.fail(open, "'[' is not closed", hint)
}

// isAddress reports whether the '[' at pos opens an IPv6 address: where a name may begin, hex digits and a colon.
func (w word) isAddress(pos int) bool {
	if w.isGroup() || pos > w.start && w.expr[pos-1] != '@' {
		return false
	}
	return strings.HasPrefix(strings.TrimLeft(w.expr[pos+1:w.end], "0123456789abcdefABCDEF"), ":")
}

// isSection reports whether w is [name] or [name:kind], as in files of INI.
func (w word) isSection() bool {
	text := w.expr[w.start:w.end]
	return strings.IndexByte(text, ']') == len(text)-1 && text[0] == '[' && unicode.IsLetter(rune(text[1]))
}

func (w word) fail(pos int, reason, hint string) *Error {
	return &Error{Part: shorten(w.expr[w.start:w.end]), Column: column(w.expr, pos), Reason: reason, Hint: hint}
}

// with is the word with the text between two offsets replaced.
func (w word) with(from, to int, text string) string {
	return w.expr[w.start:from] + text + w.expr[to:w.end]
}

package hostlist

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDigits bounds the digits of a number in a range, so that sums of two fit 64 bits.
const maxDigits = 17

// ranges reads what stands between two brackets: numbers and low-high[/step], separated by commas.
func (w word) ranges(from, to int) (ranges, *Error) {
	var all ranges
	for {
		end := to
		if n := strings.IndexByte(w.expr[from:to], ','); n >= 0 {
			end = from + n
		}
		s, err := w.span(from, end)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
		if end == to {
			return all, nil
		}
		from = end + 1
	}
}

func (w word) span(from, to int) (span, *Error) {
	for from < to && isBlank(w.expr[from]) {
		from++
	}
	for from < to && isBlank(w.expr[to-1]) {
		to--
	}
	text := w.expr[from:to]
	s, problem := parseSpan(text)
	if problem == "" {
		return s, nil
	}
	hint := ""
	if better := mend(text); better != "" {
		hint = didYouMean(w.with(from, to, better))
	} else if w.isSection() {
		hint = "--inventory FILE reads Ansible's sections"
	}
	return span{}, w.fail(from, problem, hint)
}

// parseSpan reads one number or range. A problem is said in words for the user; an empty one means that there is none.
func parseSpan(text string) (s span, problem string) {
	if text == "" {
		return s, "a range is empty"
	}
	bounds, step, stepped := strings.Cut(text, "/")
	low, high, ranged := strings.Cut(bounds, "-")
	low, high = strings.Trim(low, blanks), strings.Trim(high, blanks)
	if !ranged {
		high = low
	}
	if !isNumber(low) || !isNumber(high) {
		return s, notNumbers(text)
	}
	if max(len(low), len(high)) > maxDigits {
		return s, fmt.Sprintf("a number has more than %d digits", maxDigits)
	}
	s = span{low: number(low), high: number(high), step: 1}
	grows := len(low) < len(high) && !isPadded(high) // as in n[08-100], which Slurm and pdsh write
	if len(low) != len(high) && !grows && (isPadded(low) || isPadded(high)) {
		return s, fmt.Sprintf("padding is unequal: %s and %s differ in length", low, high)
	}
	if isPadded(low) {
		s.width = len(low)
	}
	if s.low > s.high {
		return s, "range is reversed"
	}
	if !stepped {
		return s, ""
	}
	switch step = strings.Trim(step, blanks); {
	case !ranged:
		return s, "a step needs a range"
	case !isNumber(step) || len(step) > maxDigits || number(step) == 0:
		return s, fmt.Sprintf("a step is a number from 1, not %s", shorten(step))
	}
	s.step = number(step)
	return s, ""
}

func notNumbers(text string) string {
	if strings.Trim(text, "0123456789:") == "" {
		return "':' is Ansible's range"
	}
	return shorten(text) + " is not a range of numbers"
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
func isPadded(s string) bool { return len(s) > 1 && s[0] == '0' }

// number converts what isNumber and has at most maxDigits, which cannot fail.
func number(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

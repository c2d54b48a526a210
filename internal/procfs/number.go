package procfs

import (
	"fmt"
	"strconv"
)

// quoteBytes bounds how much of a host's text an error repeats.
const quoteBytes = 64

// quote shows the beginning of a host's text in an error, with nothing in it that a terminal would obey.
func quote(b []byte) string { return strconv.Quote(string(b[:min(len(b), quoteBytes)])) }

// maxDigits bounds a number's text, so that no number is infinite.
const maxDigits = 32

// decimal reads a plain number, digits with at most one point: no sign, no exponent, no NaN, no infinity.
func decimal(field string, b []byte) (float64, error) {
	points := 0
	for _, c := range b {
		switch {
		case c == '.':
			points++
		case c < '0' || c > '9':
			points = 2
		}
	}
	v, err := strconv.ParseFloat(string(b[:min(len(b), maxDigits)]), 64)
	if err != nil || points > 1 || len(b) > maxDigits {
		return 0, fmt.Errorf("%s: not a number: %s", field, quote(b))
	}
	return v, nil
}

// integer reads digits that make at most limit.
func integer(field string, b []byte, limit int64) (int64, error) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%s: not a whole number: %s", field, quote(b))
		}
	}
	v, err := strconv.ParseInt(string(b[:min(len(b), maxDigits)]), 10, 64)
	switch {
	case len(b) == 0:
		return 0, fmt.Errorf("%s: not a whole number: %s", field, quote(b))
	case err != nil || v > limit || len(b) > maxDigits:
		return 0, fmt.Errorf("%s: over %d: %s", field, limit, quote(b))
	}
	return v, nil
}

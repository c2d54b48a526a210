package hostlist

import (
	"math"
	"math/bits"
	"strconv"
)

// pattern is one operand: text with ranges in it. A plain name is a pattern without ranges.
type pattern struct {
	word
	literals []string // one more than ranges: literal, ranges, literal …
	ranges   []ranges
}

// ranges is what one pair of brackets holds.
type ranges []span

// span is low, low+step … up to high, printed with at least width digits. low ≤ high < 10^maxDigits, step > 0.
type span struct {
	low, high, step uint64
	width           int
}

// size counts the names of p, repeats included; math.MaxUint64 stands for any larger number.
func (p pattern) size() uint64 {
	total := uint64(1)
	for _, r := range p.ranges {
		var n uint64
		for _, s := range r {
			n = add(n, (s.high-s.low)/s.step+1)
		}
		total = multiply(total, n)
	}
	return total
}

// each calls visit with every host of p until one of its names is none.
func (p pattern) each(visit func(name string, h Host)) *Error {
	return p.names(func(name string) *Error {
		h, err := parseHost(name)
		if err != nil {
			return p.locate(err)
		}
		visit(name, h)
		return nil
	})
}

// names calls visit with every name of p, until that fails.
func (p pattern) names(visit func(name string) *Error) *Error {
	return p.walk(0, make([]byte, 0, 64), visit)
}

func (p pattern) walk(i int, prefix []byte, visit func(string) *Error) *Error {
	prefix = append(prefix, p.literals[i]...)
	if i == len(p.ranges) {
		return visit(string(prefix))
	}
	for _, s := range p.ranges[i] {
		for n := s.low; n <= s.high; n += s.step {
			if err := p.walk(i+1, appendNumber(prefix, n, s.width), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// locate moves an error about one name to where its pattern stands in the expression.
func (p pattern) locate(err *Error) *Error {
	if len(p.ranges) > 0 {
		err.Column = 1
	}
	err.Column += column(p.expr, p.start) - 1
	return err
}

// appendNumber appends n with at least width digits.
func appendNumber(b []byte, n uint64, width int) []byte {
	for digits := countDigits(n); digits < width; digits++ {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n, 10)
}

func countDigits(n uint64) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

// add and multiply stop at math.MaxUint64.
func add(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return sum
}

func multiply(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high != 0 {
		return math.MaxUint64
	}
	return low
}

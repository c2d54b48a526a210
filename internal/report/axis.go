package report

import (
	"math"
	"strconv"
)

// axis is a scale with ticks at round numbers, zero among them: at all multiples of a step from first to last.
type axis struct {
	first, last int
	step        float64
	decimals    int // that tell ticks apart
}

// drawable reports whether a value has a place on an axis: it is a number, and leaves room for reckoning.
func drawable(v float64) bool { return math.Abs(v) <= 1e15 }

// axisOf returns the scale of zero and all drawable values, in at most so many steps, two at least.
func axisOf(values []float64, most int) axis {
	low, high := 0.0, 0.0
	for _, v := range values {
		if drawable(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if high-low < 1e-9 {
		high = 1
	}
	for exponent := int(math.Floor(math.Log10((high - low) / float64(most)))); ; exponent++ {
		for _, digit := range []float64{1, 2, 5} {
			step := digit * math.Pow10(exponent)
			a := axis{int(math.Floor(low / step)), int(math.Ceil(high / step)), step, max(0, -exponent)}
			if a.last-a.first <= most {
				return a
			}
		}
	}
}

func (a axis) steps() int { return a.last - a.first }

// at returns the place of a drawable value between the first tick, 0, and the last, 1.
func (a axis) at(v float64) float64 { return (v/a.step - float64(a.first)) / float64(a.steps()) }

// label is the text of a tick, counted from the first.
func (a axis) label(tick int) string {
	return strconv.FormatFloat(float64(a.first+tick)*a.step, 'f', a.decimals, 64)
}

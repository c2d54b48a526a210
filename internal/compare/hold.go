package compare

import (
	"cmp"
	"math"

	"muster/internal/stats"
)

// alpha is how likely a difference may be called where there is none, in all tests that are corrected for each other.
const alpha = 0.05

// held is one sample held against another.
type held struct {
	p       float64 // corrected
	side    int     // 1: the first is shown to be greater; -1: to be less; 0: no difference is shown
	ratio   float64 // of the medians, the first over the second; 0: there is none
	low     float64 // the interval of the ratio, if bounded
	high    float64
	bounded bool
}

// hold compares a with b as one of so many tests, by Bonferroni's correction. A difference is shown where the test and the
// interval both show it, which but for equal values, as integers have them, are the same, and where the medians do not say
// the opposite, as those of samples on two levels can.
func hold(a, b []float64, tests int) held {
	h := held{p: min(1, float64(tests)*stats.MannWhitney(a, b))}
	h.low, h.high, h.bounded = stats.RatioInterval(a, b, 1-alpha/float64(tests))
	first, second := stats.Median(a), stats.Median(b)
	if ratio := first / second; first > 0 && second > 0 && !math.IsInf(ratio, 0) {
		h.ratio = ratio
	}
	switch {
	case h.p >= alpha:
	case !h.bounded: // for a value of 0, since a test of too few cannot show anything
		h.side = cmp.Compare(first, second)
	case h.low > 1:
		h.side = 1
	case h.high < 1:
		h.side = -1
	}
	if h.ratio > 0 && cmp.Compare(h.ratio, 1) != h.side {
		h.side = 0
	}
	return h
}

// pairs is how many tests there may be among n arms of which the two to be compared are chosen by what the samples say.
func pairs(n int) int { return n * (n - 1) / 2 }

// holdAgainstBaselines compares each arm with the baseline of its kind, and returns how many there were.
func holdAgainstBaselines(kinds []*kind) int {
	tests := 0
	for _, k := range kinds {
		tests += max(len(k.compared())-1, 0)
	}
	for _, k := range kinds {
		for _, arm := range k.compared() {
			if arm != k.baseline {
				arm.set(hold(k.baseline.values(wall), arm.values(wall), tests))
			}
		}
	}
	return tests
}

// set writes down how much longer the baseline takes.
func (r *Result) set(h held) {
	r.P = &h.p
	r.Difference = map[int]string{1: Faster, -1: Slower, 0: NoneShown}[h.side]
	if h.ratio > 0 {
		r.Ratio = &h.ratio
	}
	if h.bounded {
		r.RatioLow, r.RatioHigh = &h.low, &h.high
	}
}

package stats

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Median returns the middle value, or half way between the middle two where their number is even. Nearest rank, which P50
// goes by, takes the lower of these: a bias that few samples show. Of no values it is 0.
func Median(values []float64) float64 {
	return middle(slices.Sorted(slices.Values(values)))
}

func middle(sorted []float64) float64 {
	half := len(sorted) / 2
	switch {
	case len(sorted) == 0:
		return 0
	case len(sorted)%2 == 1:
		return sorted[half]
	}
	return sorted[half-1]/2 + sorted[half]/2
}

// MedianInterval returns the median, and the two values that enclose the median of all that might have been sampled, at the
// given confidence, from 0 to 1, or the next that there is. The interval holds whatever the distribution (Hollander & Wolfe,
// Nonparametric Statistical Methods, 3.6). It is false where there are too few values for it, at 0.95 fewer than 6.
func MedianInterval(values []float64, confidence float64) (median, low, high float64, ok bool) {
	if len(values) == 0 {
		return 0, 0, 0, false
	}
	sample := benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	s := benchmath.AssumeNothing.Summary(sample, confidence)
	median = middle(sample.Values)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return median, 0, 0, false
	}
	return median, s.Lo, s.Hi, true
}

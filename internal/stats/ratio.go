package stats

import (
	"math"
	"slices"
	"sort"
)

// RatioInterval returns between which ratios that of a to b lies, at the given confidence, from 0 to 1: those by which b
// can be multiplied so that MannWhitney shows no difference from a, its p-value being at least 1-confidence. So it leaves out
// 1 where the test shows a difference and nowhere else, as long as no two values are equal. It is the interval of a shift
// that goes with the test, on logarithms: the Kth least and the Kth greatest of all a/b (Hollander & Wolfe, Nonparametric
// Statistical Methods, 4.3).
//
// It is false where a value is not positive, or there are too few for that confidence: at 0.95 fewer than 4 in each.
func RatioInterval(a, b []float64, confidence float64) (low, high float64, ok bool) {
	k := countBelow(1-confidence, len(a), len(b))
	if k == 0 || slices.Min(a) <= 0 || slices.Min(b) <= 0 {
		return 0, 0, false
	}
	ratios := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			ratios = append(ratios, x/y)
		}
	}
	slices.Sort(ratios)
	low, high = ratios[k-1], ratios[len(ratios)-k]
	return low, high, !math.IsInf(high, 0)
}

// countBelow returns how many values of U, from 0 on, are so small that the test finds a p-value below alpha.
func countBelow(alpha float64, n1, n2 int) int {
	if n1 == 0 || n2 == 0 {
		return 0
	}
	return sort.Search(n1*n2/2, func(u int) bool { return 2*uTail(u, n1, n2) >= alpha })
}

package stats

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// MannWhitney returns how likely two samples of one distribution are to lie at least as far apart as a and b do, on either
// side: the p-value of Mann and Whitney's U test, from 0 to 1, twice that of the side on which they lie. It is exact up to
// 50 values each, 25 where some are equal, and from the normal distribution above. Where nothing can be told, as of no
// values or of equal ones, it is 1.
func MannWhitney(a, b []float64) float64 {
	// The library takes the distribution of U from the first sample, even where it is the second that has the lesser U. The two
	// are not the same where values are equal and the samples of different sizes.
	if above(a, b) > above(b, a) {
		a, b = b, a
	}
	sample := func(values []float64) *benchmath.Sample {
		return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	}
	// A tail may hold more than half of the distribution, where values are equal.
	return min(benchmath.AssumeNothing.Compare(sample(a), sample(b)).P, 1)
}

// above returns of how many pairs a has the greater value.
func above(a, b []float64) (pairs int) {
	for _, x := range a {
		for _, y := range b {
			if x > y {
				pairs++
			}
		}
	}
	return pairs
}

// LeastP returns the least p-value that MannWhitney finds exactly between samples of n1 and n2 values, those of two samples
// of which one lies wholly above the other.
func LeastP(n1, n2 int) float64 { return min(2*uTail(0, n1, n2), 1) }

// uTail returns the probability that U, the number of pairs of which the first sample has the greater value, is at most u
// among samples of n1 and n2 values of one distribution, of which no two are equal. It is found as MannWhitney finds it.
func uTail(u, n1, n2 int) float64 {
	if max(n1, n2) <= stats.MannWhitneyExactLimit {
		return stats.UDist{N1: n1, N2: n2}.CDF(float64(u))
	}
	pairs := float64(n1) * float64(n2)
	deviation := math.Sqrt(pairs * float64(n1+n2+1) / 12)
	return stats.StdNormal.CDF((float64(u) - pairs/2 + 0.5) / deviation)
}

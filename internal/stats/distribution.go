// Package stats holds one definition of each statistic that muster prints.
package stats

import (
	"math"
	"slices"
)

// Distribution sums up a set of numbers. Percentiles are exact, by nearest rank: each is one of the numbers.
type Distribution struct {
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

// Describe sums up values, which must be finite, in any order: the order changes nothing, not even a last digit. It is
// false where there are none.
func Describe(values []float64) (Distribution, bool) {
	if len(values) == 0 {
		return Distribution{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	return Distribution{
		Min:  sorted[0],
		P50:  Percentile(sorted, 50),
		P90:  Percentile(sorted, 90),
		P95:  Percentile(sorted, 95),
		P99:  Percentile(sorted, 99),
		Max:  sorted[len(sorted)-1],
		Mean: mean(sorted),
	}, true
}

// Percentile returns the nearest-rank percentile: the least element of sorted that at least p percent of them do not
// exceed, for p from 0 (the least) to 100 (the greatest). sorted is ascending and not empty.
func Percentile(sorted []float64, p float64) float64 {
	rank := int(math.Ceil(p * float64(len(sorted)) / 100))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// mean never overflows, and lies between the least and the greatest value.
func mean(sorted []float64) float64 {
	mean := 0.0
	for i, x := range sorted {
		n := float64(i + 1)
		mean += x/n - mean/n
	}
	return min(max(mean, sorted[0]), sorted[len(sorted)-1])
}

package stats

import "math"

// Outliers returns the indexes, ascending, of values that lie far from the others: those whose modified z-score, 0.6745
// times the distance from the median over the median of all such distances, exceeds 3.5 (Iglewicz & Hoaglin, How to Detect
// and Handle Outliers, 1993). Where that median is 0, since most values are equal, 0.7979 times the distance over the mean
// of all distances stands in for it, both being estimates of the same for normal noise: a few that differ from the rest are
// found, the more of them the more values there are.
func Outliers(values []float64) []int {
	const far, perMedian, perMean = 3.5, 0.6745, 0.7979 // the median and the mean distance in standard deviations
	median := Median(values)
	distances := make([]float64, len(values))
	total := 0.0
	for i, x := range values {
		distances[i] = math.Abs(x - median)
		total += distances[i]
	}
	unit := Median(distances) / perMedian
	if unit == 0 {
		unit = total / float64(len(values)) / perMean
	}
	var found []int
	for i, d := range distances {
		if d > far*unit {
			found = append(found, i)
		}
	}
	return found
}

package report

import (
	"cmp"
	"slices"
	"strconv"
)

// Plot is lines over few values of X, which stand at equal steps in the order of their size. Its text may be hostile. A
// point that has no place, of NaN or of infinity, is left out.
type Plot struct {
	Title, XLabel, YLabel string
	Series                []Series
}

// Series is one line of a Plot. Of several points at one X the first counts.
type Series struct {
	Name   string
	Points []Point
}

// Point is a value of Y, with the interval in which it is sure to lie where that is known.
type Point struct {
	X, Y      float64
	Low, High *float64
}

// drawn returns p with what has a place alone, each line in the order of X, and all X that there are.
func (p Plot) drawn() (Plot, []float64) {
	var xs []float64
	var series []Series
	for _, s := range p.Series {
		points := slices.DeleteFunc(slices.Clone(s.Points), func(p Point) bool { return !drawable(p.X) || !drawable(p.Y) })
		slices.SortStableFunc(points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		points = slices.CompactFunc(points, func(a, b Point) bool { return a.X == b.X })
		for _, point := range points {
			xs = append(xs, point.X)
		}
		if len(points) > 0 {
			series = append(series, Series{s.Name, points})
		}
	}
	p.Series = series
	slices.Sort(xs)
	return p, slices.Compact(xs)
}

// hasLine reports whether some line of p, which is drawn, has two ends.
func (p Plot) hasLine() bool {
	return slices.ContainsFunc(p.Series, func(s Series) bool { return len(s.Points) > 1 })
}

// ys returns all values that the axis of p is to hold.
func (p Plot) ys() []float64 {
	var ys []float64
	for _, s := range p.Series {
		for _, point := range s.Points {
			ys = append(ys, point.Y)
		}
	}
	return ys
}

func xLabel(x float64) string { return strconv.FormatFloat(x, 'g', 10, 64) }

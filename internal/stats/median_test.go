package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1}, 5},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 3, 2, 1}, 2.5},
	} {
		if got := Median(test.values); got != test.want {
			t.Errorf("Median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

// The ranks are those of the tables of the binomial distribution of one half.
func TestMedianInterval(t *testing.T) {
	for _, test := range []struct {
		n          int
		confidence float64
		want       string
	}{
		{0, 0.95, "0 0 0 false"},
		{1, 0.95, "1 0 0 false"},
		{5, 0.95, "3 0 0 false"},
		{5, 0.9, "3 1 5 true"},    // 30/32
		{6, 0.95, "3.5 1 6 true"}, // 62/64
		{7, 0.95, "4 1 7 true"},   // 126/128; from 2 to 7, or 1 to 6, is 119/128
		{9, 0.95, "5 2 8 true"},   // 492/512
		{20, 0.95, "10.5 6 15 true"},
	} {
		var values []float64
		for i := test.n; i > 0; i-- {
			values = append(values, float64(i))
		}
		given := slices.Clone(values)
		median, low, high, ok := MedianInterval(values, test.confidence)
		if got := fmt.Sprint(median, low, high, ok); got != test.want {
			t.Errorf("of 1 to %d at %v: %s, want %s", test.n, test.confidence, got, test.want)
		}
		if !slices.Equal(values, given) {
			t.Error("MedianInterval changed its input")
		}
	}
}

func TestOutliers(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   []int
	}{
		{nil, nil},
		{[]float64{1}, nil},
		{[]float64{1, 100}, nil}, // which of them?
		{[]float64{1, 1, 1, 1, 1, 1}, nil},
		{[]float64{1.20, 1.21, 1.19, 2.10, 1.22, 1.18, 1.20, 1.23, 1.17, 1.21}, []int{3}},
		{[]float64{1.20, 1.21, 1.19, 1.25, 1.22, 1.18, 1.20, 1.23, 1.17, 1.21}, nil},
		{[]float64{-50, 1.1, 1.2, 1.3, 1.4, 1.5, 50}, []int{0, 6}},
		{[]float64{1, 2, 3, 4, 8.18}, nil}, // 0.6745 * 5.18 / 1 = 3.494
		{[]float64{1, 2, 3, 4, 8.20}, []int{4}},
		// More than half of them equal.
		{[]float64{5, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []int{0}},
		{[]float64{1, 1, 1, 5}, nil},
		{[]float64{1, 1, 1, 1, 1, 1, 2, 2, 2, 2}, nil}, // two levels, both usual
	} {
		if got := Outliers(test.values); !slices.Equal(got, test.want) {
			t.Errorf("Outliers(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

// How often normal noise has an outlier must not depend on whether the number of samples is even.
func TestOutliersOfNormalNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{6, 7, 10, 11, 20} {
		const times = 4000
		flagged := 0
		for range times {
			values := make([]float64, n)
			for i := range values {
				values[i] = r.NormFloat64()
			}
			if len(Outliers(values)) > 0 {
				flagged++
			}
		}
		if share := float64(flagged) / times; share < 0.07 || share > 0.19 {
			t.Errorf("of %d values: an outlier in %.3f", n, share)
		}
	}
}

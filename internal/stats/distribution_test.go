package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPercentile(t *testing.T) {
	// The worked examples of nearest rank in Wikipedia's "Percentile".
	five := []float64{15, 20, 35, 40, 50}
	ten := []float64{3, 6, 7, 8, 8, 10, 13, 15, 16, 20}
	for _, test := range []struct {
		sorted  []float64
		p, want float64
	}{
		{five, 5, 15},
		{five, 30, 20},
		{five, 40, 20},
		{five, 50, 35},
		{five, 100, 50},
		{ten, 25, 7},
		{ten, 50, 8},
		{ten, 75, 15},
		{ten, 100, 20},
		{five, 0, 15},
		{[]float64{7}, 0, 7},
		{[]float64{7}, 99, 7},
	} {
		if got := Percentile(test.sorted, test.p); got != test.want {
			t.Errorf("Percentile(%v, %v) = %v, want %v", test.sorted, test.p, got, test.want)
		}
	}
}

func TestPercentileOfWholeRanksIsExact(t *testing.T) {
	sorted := make([]float64, 1000)
	for i := range sorted {
		sorted[i] = float64(i + 1)
	}
	for p := 1; p <= 100; p++ {
		if got := Percentile(sorted, float64(p)); got != float64(10*p) {
			t.Errorf("percentile %d of 1..1000 = %v", p, got)
		}
	}
}

func TestPercentileByItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sorted := rapid.SliceOfN(rapid.Float64Range(0, 5), 1, 50).Draw(t, "values")
		slices.Sort(sorted)
		p := float64(rapid.IntRange(1, 100).Draw(t, "p"))
		got := Percentile(sorted, p)
		notAbove := func(limit float64) (n float64) {
			for _, x := range sorted {
				if x <= limit {
					n++
				}
			}
			return n
		}
		if 100*notAbove(got) < p*float64(len(sorted)) {
			t.Fatalf("percentile %v of %v = %v: too low", p, sorted, got)
		}
		if i := slices.Index(sorted, got); i > 0 && 100*notAbove(sorted[i-1]) >= p*float64(len(sorted)) {
			t.Fatalf("percentile %v of %v = %v: a smaller element would do", p, sorted, got)
		}
	})
}

func TestDescribe(t *testing.T) {
	got, ok := Describe([]float64{4, 1, 3, 2})
	if want := (Distribution{Min: 1, P50: 2, P90: 4, P95: 4, P99: 4, Max: 4, Mean: 2.5}); got != want || !ok {
		t.Errorf("Describe = %+v, %v, want %+v", got, ok, want)
	}
	if _, ok := Describe(nil); ok {
		t.Error("Describe(nil) is ok")
	}
	if got, _ := Describe([]float64{math.MaxFloat64, math.MaxFloat64}); got.Mean != math.MaxFloat64 {
		t.Errorf("mean of the greatest floats = %v", got.Mean)
	}
}

func TestDescribeIsOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), 1, 50).Draw(t, "values")
		given := slices.Clone(values)
		d, _ := Describe(values)
		if !slices.IsSorted([]float64{d.Min, d.P50, d.P90, d.P95, d.P99, d.Max}) || d.Mean < d.Min || d.Mean > d.Max || math.IsNaN(d.Mean) {
			t.Fatalf("Describe(%v) = %+v", values, d)
		}
		if !slices.Equal(values, given) {
			t.Fatal("Describe changed its input")
		}
		if again, _ := Describe(rapid.Permutation(values).Draw(t, "permuted")); again != d {
			t.Fatalf("another order gives %+v, was %+v", again, d)
		}
	})
}

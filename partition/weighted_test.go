package partition_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"muster/partition"
)

func heaviest(chunks [][]item) float64 {
	most := 0.0
	for _, chunk := range chunks {
		sum := 0.0
		for _, it := range chunk {
			sum += it.weight
		}
		most = max(most, sum)
	}
	return most
}

// best finds the lightest heaviest chunk by trying every split of items over loads.
func best(items []item, loads []float64) float64 {
	if len(items) == 0 {
		most := 0.0
		for _, l := range loads {
			most = max(most, l)
		}
		return most
	}
	least := math.Inf(1)
	for c := range loads {
		loads[c] += items[0].weight
		least = min(least, best(items[1:], loads))
		loads[c] -= items[0].weight
	}
	return least
}

func TestWeightedIsWithinGrahamsBound(t *testing.T) {
	whole := rapid.Map(rapid.IntRange(0, 20), func(n int) float64 { return float64(n) }) // sums are exact
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t, whole, 8)
		n := rapid.IntRange(1, 3).Draw(t, "n")
		bound := best(items, make([]float64, n)) * (4.0/3 - 1/(3*float64(n)))
		if got := heaviest(byWeight(items, n)); got > bound+1e-9 {
			t.Fatalf("heaviest chunk %v, bound %v", got, bound)
		}
	})
}

func TestWeightedIsNeverMoreThanOneItemOffTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t, rapid.Float64Range(0, 100), 200)
		n := rapid.IntRange(1, 20).Draw(t, "n")
		sum, most := 0.0, 0.0
		for _, it := range items {
			sum, most = sum+it.weight, max(most, it.weight)
		}
		if got, bound := heaviest(byWeight(items, n)), sum/float64(n)+most; got > bound+1e-9 {
			t.Fatalf("heaviest chunk %v, bound %v", got, bound)
		}
	})
}

func TestWeightedOddWeights(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		name    string
		weights []float64
		n       int
		want    []int // sizes of the chunks
	}{
		{"equal weights are dealt out", []float64{1, 1, 1, 1, 1}, 2, []int{3, 2}},
		{"zero weights are dealt out too", []float64{0, 0, 0, 0, 0}, 2, []int{3, 2}},
		{"nan and negatives are zero", []float64{nan, -5, 0, math.Inf(-1), 2}, 2, []int{1, 4}},
		{"infinite stays alone", []float64{1, inf, 1, 1}, 2, []int{1, 3}},
		{"all infinite are dealt out", []float64{inf, inf, inf, inf}, 2, []int{2, 2}},
		{"sums that overflow are dealt out", []float64{math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, 2, []int{2, 2}},
	} {
		chunks := partition.Weighted(test.weights, test.n, func(w float64) float64 { return w })
		for c, chunk := range chunks {
			if len(chunk) != test.want[c] {
				t.Errorf("%s: chunk %d of %v has %d items, want %d", test.name, c, chunks, len(chunk), test.want[c])
			}
		}
	}
}

func BenchmarkWeighted(b *testing.B) {
	items := make([]item, 1_000_000)
	for i := range items {
		items[i].weight = float64(i*7919%1000) / 10
	}
	b.ReportAllocs()
	for b.Loop() {
		byWeight(items, 64)
	}
}

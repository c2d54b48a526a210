package compare

import (
	"math"
	"testing"
)

func TestHold(t *testing.T) {
	ones, twos, zeros := []float64{1, 1, 1, 1, 1, 1}, []float64{2, 2, 2, 2, 2, 2}, make([]float64, 6)
	oneZero, least := []float64{0, 1, 1, 1, 1, 1}, 2.0/924
	for _, test := range []struct {
		name  string
		a, b  []float64
		tests int
		want  held
	}{
		{"more", twos, ones, 3, held{3 * least, 1, 2, 2, 2, true}},
		{"less", ones, twos, 3, held{3 * least, -1, 0.5, 0.5, 0.5, true}},
		{"too many tests", twos, ones, 30, held{30 * least, 0, 2, 0, 0, false}},
		{"more tests than that", twos, ones, 1000, held{1, 0, 2, 0, 0, false}},
		{"equal", ones, ones, 1, held{1, 0, 1, 1, 1, true}},
		{"a zero bounds nothing", twos, oneZero, 1, held{least, 1, 2, 0, 0, false}},
		{"nor of the first", oneZero, twos, 1, held{least, -1, 0.5, 0, 0, false}},
		{"no ratio to nothing", ones, zeros, 1, held{least, 1, 0, 0, 0, false}},
		{"nor of nothing", zeros, ones, 1, held{least, -1, 0, 0, 0, false}},
		{"nothing and nothing", zeros, zeros, 1, held{1, 0, 0, 0, 0, false}},
	} {
		got := hold(test.a, test.b, test.tests)
		if !got.bounded {
			got.low, got.high = 0, 0
		}
		if math.Abs(got.p-test.want.p) < 1e-12 {
			got.p = test.want.p
		}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

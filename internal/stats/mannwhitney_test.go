package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The permeability of the human chorioamnion, at term and at 12 to 26 weeks: Hollander & Wolfe, table 4.1.
var (
	term  = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
)

func TestMannWhitney(t *testing.T) {
	six, ten := []float64{1, 2, 3, 4, 5, 6}, []float64{11, 12, 13, 14, 15, 16}
	many := func(of float64) []float64 { return slices.Repeat([]float64{of}, 60) }
	for _, test := range []struct {
		a, b []float64
		want float64
	}{
		{term, early, 2 * 0.1272},
		{six, ten, 2.0 / 924},
		{six[:3], ten[:3], 2.0 / 20},
		{six[:1], ten, 2.0 / 7},
		{nil, nil, 1},
		{nil, six, 1},
		{six, six, 1},
		{[]float64{1}, []float64{2}, 1},
		{[]float64{1}, []float64{1, 1, 2}, 1},
		{[]float64{2}, []float64{1, 1, 2}, 1},
		{[]float64{2}, []float64{1, 1, 1}, 0.5},
		{[]float64{1, 1}, []float64{1, 1}, 1},
		{[]float64{0, 0, 0, 0, 0, 0}, []float64{0, 0, 0, 0, 0, 0}, 1},
		{many(2), many(2), 1},
		{many(2), many(3), 0},
	} {
		for range 2 {
			if got := MannWhitney(test.a, test.b); !(math.Abs(got-test.want) < 5e-5) {
				t.Errorf("MannWhitney(%v, %v) = %v, want %v", test.a, test.b, got, test.want)
			}
			test.a, test.b = test.b, test.a
		}
	}
}

// Against every way to deal the values out to two samples.
func TestMannWhitneyByItsDefinition(t *testing.T) {
	u := func(a, b []float64) (u float64) {
		for _, x := range a {
			for _, y := range b {
				if x > y {
					u++
				} else if x == y {
					u += 0.5
				}
			}
		}
		return u
	}
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 5).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "m")
		all := rapid.SliceOfN(rapid.Float64Range(0, 1), n+m, n+m).Draw(t, "values")
		if rapid.Bool().Draw(t, "ties") {
			for i, x := range all {
				all[i] = math.Round(4 * x)
			}
		}
		mean := float64(n*m) / 2
		off := u(all[:n], all[n:]) - mean
		deals, asFar := 0.0, 0.0
		for deal := range 1 << (n + m) {
			if bits.OnesCount(uint(deal)) != n {
				continue
			}
			var a, b []float64
			for i, x := range all {
				if deal>>i&1 == 1 {
					a = append(a, x)
				} else {
					b = append(b, x)
				}
			}
			deals++
			if by := u(a, b) - mean; off < 0 && by <= off || off > 0 && by >= off {
				asFar++
			}
		}
		given := slices.Clone(all)
		want := min(2*asFar/deals, 1)
		if off == 0 {
			want = 1
		}
		if got := MannWhitney(all[:n], all[n:]); math.Abs(got-want) > 1e-9 {
			t.Fatalf("MannWhitney(%v, %v) = %v, want %v", all[:n], all[n:], got, want)
		}
		if !slices.Equal(all, given) {
			t.Fatal("MannWhitney changed its input")
		}
	})
}

func TestLeastP(t *testing.T) {
	for n, want := range []float64{1: 1, 2: 1.0 / 3, 3: 0.1, 4: 1.0 / 35, 6: 2.0 / 924} {
		if got := LeastP(n, n); want > 0 && math.Abs(got-want) > 1e-12 {
			t.Errorf("LeastP(%d, %d) = %v, want %v", n, n, got, want)
		}
	}
	if got := LeastP(0, 0); got != 1 {
		t.Errorf("LeastP(0, 0) = %v", got)
	}
}

func TestRatioInterval(t *testing.T) {
	// The interval of a difference is that of a ratio of exponentials. Their book and R's wilcox.test give the same.
	exp := func(values []float64) (exps []float64) {
		for _, x := range values {
			exps = append(exps, math.Exp(x))
		}
		return exps
	}
	low, high, ok := RatioInterval(exp(term), exp(early), 0.95)
	if low, high = math.Log(low), math.Log(high); !ok || math.Abs(low+0.15) > 0.006 || math.Abs(high-0.76) > 0.006 {
		t.Errorf("the difference in permeability is %.3f to %.3f, %v", low, high, ok)
	}
	ones, twos := []float64{1, 1, 1, 1}, []float64{2, 2, 2, 2}
	for _, test := range []struct {
		a, b       []float64
		confidence float64
		low, high  float64
		ok         bool
	}{
		{twos, ones, 0.95, 2, 2, true},
		{ones, twos, 0.95, 0.5, 0.5, true},
		{twos, ones, 0.98, 0, 0, false}, // the least p-value is 2/70
		{twos, ones, 1, 0, 0, false},
		{twos[:3], ones[:3], 0.95, 0, 0, false},
		{twos, nil, 0.95, 0, 0, false},
		{nil, nil, 0.95, 0, 0, false},
		{twos, []float64{1, 1, 1, 0}, 0.95, 0, 0, false},
		{[]float64{-1, 2, 2, 2}, ones, 0.95, 0, 0, false},
		{twos, []float64{-1, 2, 2, 2}, 0.95, 0, 0, false},
		{[]float64{1e300, 1e300, 1e300, 1e300}, []float64{1e-300, 1e-300, 1e-300, 1e-300}, 0.95, 0, 0, false},
		{[]float64{2, 4, 6, 8}, ones, 0.95, 2, 8, true},
	} {
		low, high, ok := RatioInterval(test.a, test.b, test.confidence)
		if ok != test.ok || ok && (low != test.low || high != test.high) {
			t.Errorf("RatioInterval(%v, %v, %v) = %v, %v, %v", test.a, test.b, test.confidence, low, high, ok)
		}
	}
}

func TestRatioIntervalAgreesWithTheTest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, scale float64) (values []float64) {
		for range n {
			values = append(values, scale*math.Exp(0.2*r.NormFloat64()))
		}
		return values
	}
	shown := 0
	for range 3000 {
		a, b := draw(1+r.IntN(14), 1), draw(1+r.IntN(14), 1+0.4*r.Float64())
		alpha := []float64{0.11, 0.051, 0.017, 0.0057}[r.IntN(4)] // no p-value is one of these
		low, high, ok := RatioInterval(a, b, 1-alpha)
		differ := MannWhitney(a, b) < alpha
		if differ != (ok && (low > 1 || high < 1)) {
			t.Fatalf("%v\n%v: at %v the test says %v, the interval %v to %v, %v", a, b, alpha, differ, low, high, ok)
		}
		if ok != (LeastP(len(a), len(b)) < alpha) {
			t.Fatalf("of %d and %d values at %v there is an interval: %v", len(a), len(b), alpha, ok)
		}
		if differ {
			shown++
		}
	}
	if shown < 500 || shown > 2500 {
		t.Errorf("a difference in %d of 3000", shown)
	}
}

// Beyond the exact distribution, for each U around that where a difference begins to show.
func TestRatioIntervalAgreesWithTheTestOfMany(t *testing.T) {
	const n, from, to = 60, 1400, 1470
	began := 0
	for u := from; u < to; u++ {
		var a, b []float64 // of which u pairs have the greater value in a
		for i := range n {
			a = append(a, float64(100+i))
			switch {
			case i < u/n:
				b = append(b, float64(i+1))
			case i == u/n:
				b = append(b, float64(100+n-u%n)-0.5)
			default:
				b = append(b, float64(1000+i))
			}
		}
		for _, alpha := range []float64{0.04, 0.045, 0.05, 0.07} {
			low, high, ok := RatioInterval(a, b, 1-alpha)
			differ := MannWhitney(a, b) < alpha
			if !ok || differ != (low > 1 || high < 1) {
				t.Errorf("U = %d at %v: the test says %v, the interval %v to %v, %v", u, alpha, differ, low, high, ok)
			}
			if differ {
				began++
			}
		}
	}
	if began < to-from || began > 3*(to-from) {
		t.Errorf("a difference in %d of %d", began, 4*(to-from))
	}
}

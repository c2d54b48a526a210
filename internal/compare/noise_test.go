package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// noise draws the wall time of a job that usually takes a second.
type noise struct {
	name string
	draw func(r *rand.Rand) float64
}

func lognormal(sigma float64) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return math.Exp(sigma * r.NormFloat64()) }
}

var noises = []noise{
	{"lognormal", lognormal(0.05)},
	{"skewed", func(r *rand.Rand) float64 { return 1 + 0.2*r.ExpFloat64() }},
	{"heavy-tailed", func(r *rand.Rand) float64 {
		return math.Exp(0.02 * r.NormFloat64() / math.Max(math.Abs(r.NormFloat64()), 1e-3))
	}},
	{"two levels", func(r *rand.Rand) float64 { return (1 + 0.5*float64(r.IntN(2))) * lognormal(0.02)(r) }},
}

// sample takes rounds of an arm that takes factor times what the job usually does. What is not its wall time is noise too.
func (n noise) sample(r *rand.Rand, rounds int, factor float64) []Sample {
	samples := make([]Sample, rounds)
	for i := range samples {
		samples[i] = Sample{
			WallSeconds: factor * n.draw(r), UserSeconds: lognormal(0.3)(r), SumPSSBytes: int64(64e6 * lognormal(0.3)(r)),
			InvoluntarySwitches: int64(1000 * lognormal(0.3)(r)), Items: 100, ByStatus: map[string]int{"ok": 100},
		}
	}
	return samples
}

// equalArms are nine, five of which make a level, and four a curve of chunks.
var equalArms = []Arm{
	{"", "serial", 1, 1, 0},
	{"", "async", 1, 16, 0},
	{"", "threads", 1, 1, 0},
	{"", "threads", 2, 1, 0},
	{"", "threads", 4, 1, 0},
	{"", "threads", 16, 1, 0},
	{"", "processes", 16, 1, 0},
	{"", "hybrid", 2, 8, 0},
	{"", "hybrid", 4, 4, 0},
}

// fresh takes samples of arms that take, in this noise, so many times what the job usually does.
func (n noise) fresh(r *rand.Rand, rounds int, factors ...float64) (samples [][]Sample) {
	for _, factor := range factors {
		samples = append(samples, n.sample(r, rounds, factor))
	}
	return samples
}

const rounds = 10

var twoArms = []Arm{{"", "serial", 1, 1, 0}, {"", "threads", 4, 1, 0}}

// claims are sentences that equals give no cause for.
var claims = []*regexp.Regexp{
	regexp.MustCompile("at 16 in flight: .* time"),
	regexp.MustCompile("threads gain up|threads .*no gain[,;]"),
	regexp.MustCompile("at 16 in flight: .* where .* (hold|use)"),
}

// Between equals, a difference is called in one comparison of twenty: between an arm and the baseline, and in what the
// verdict says of a level, of more chunks, and of the cost.
func TestEqualsAreCalledEqual(t *testing.T) {
	for _, test := range []struct {
		arms  []Arm
		noise noise
		times int
	}{
		{twoArms, noises[0], 10000},
		{twoArms, noises[1], 4000},
		{twoArms, noises[2], 4000},
		{twoArms, noises[3], 4000},
		{equalArms, noises[0], 2000},
		{equalArms, noises[2], 500},
	} {
		t.Run(fmt.Sprintf("%d arms, %s", len(test.arms), test.noise.name), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(11, uint64(len(test.arms))))
			called := map[string]int{}
			ones := slices.Repeat([]float64{1}, len(test.arms))
			for range test.times {
				doc := Analyse(Design{Rounds: rounds, Arms: test.arms}, test.noise.fresh(r, rounds, ones...))
				differ := false
				for _, arm := range doc.Arms[1:] {
					differ = differ || arm.Difference != NoneShown
					agree(t, arm)
				}
				if differ {
					called["a difference from the baseline"]++
				}
				said := strings.Join(doc.Verdict, "\n")
				for _, claim := range claims {
					if claim.MatchString(said) {
						called[claim.String()]++
					}
				}
			}
			for what, times := range called {
				share := float64(times) / float64(test.times)
				t.Logf("%.4f: %s", share, what)
				if share > 0.055 {
					t.Errorf("called in %.4f of all: %s", share, what)
				}
			}
		})
	}
}

// agree fails where test, interval and word do not say the same.
func agree(t *testing.T, r Result) {
	t.Helper()
	excludes := *r.RatioLow > 1 && *r.Ratio > 1 || *r.RatioHigh < 1 && *r.Ratio < 1
	if contrary := *r.RatioLow > 1 && *r.Ratio <= 1 || *r.RatioHigh < 1 && *r.Ratio >= 1; contrary && r.Difference == NoneShown {
		return // the medians say the opposite of what the test shows
	}
	if (r.Difference != NoneShown) != excludes || (*r.P < alpha) != excludes {
		t.Fatalf("%s: %s, p = %v, ratio %v to %v", r.Name(), r.Difference, *r.P, *r.RatioLow, *r.RatioHigh)
	}
}

// A tenth more time is found where the noise is a fiftieth, and how much it is.
func TestSlowdownIsFound(t *testing.T) {
	t.Parallel()
	const seeds, slower = 1000, 1.1
	found, recommended := 0, 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		doc := Analyse(Design{Rounds: rounds, Arms: twoArms}, noise{draw: lognormal(0.02)}.fresh(r, rounds, 1, slower))
		if doc.Arms[1].Difference == Slower {
			found++
		}
		if doc.Recommend == "--strategy serial" {
			recommended++
		}
	}
	t.Logf("a slowdown is found in %d of %d, the other recommended in %d", found, seeds, recommended)
	if found < seeds*95/100 || recommended < seeds*95/100 {
		t.Errorf("a slowdown is found in %d of %d, the other recommended in %d", found, seeds, recommended)
	}
}

func TestIntervalsCoverWhatWasPlanted(t *testing.T) {
	for i, n := range noises {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			const times, slower = 3000, 1.7
			r := rand.New(rand.NewPCG(5, uint64(i)))
			covered := 0
			for range times {
				doc := Analyse(Design{Rounds: rounds, Arms: twoArms}, n.fresh(r, rounds, slower, 1))
				arm := doc.Arms[1]
				agree(t, arm)
				if *arm.RatioLow <= slower && slower <= *arm.RatioHigh {
					covered++
				}
			}
			t.Logf("the ratio is in its interval in %.4f", float64(covered)/times)
			if covered < times*94/100 {
				t.Errorf("the ratio is in its interval in %.4f", float64(covered)/times)
			}
		})
	}
}

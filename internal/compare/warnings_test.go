package compare

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	pair := []usual{{Arm{"", "serial", 1, 1, 0}, 1.2, 1, 30, 100}, {Arm{"", "hybrid", 2, 8, 0}, 0.034, 0.5, 30, 100}}
	wall := func(arm, sample int, seconds float64) func(*Design, [][]Sample) {
		return func(_ *Design, s [][]Sample) { s[arm][sample].WallSeconds = seconds }
	}
	first := func(n int) func(*Design, [][]Sample) {
		return func(d *Design, s [][]Sample) {
			for i := range s {
				s[i] = s[i][:n]
			}
			d.Rounds = n
		}
	}
	frames := func(seconds float64) func(*Design, [][]Sample) {
		return func(d *Design, _ [][]Sample) { d.Workload = Workload{Items: 200, FrameSeconds: seconds} }
	}
	for _, test := range []struct {
		name   string
		change []func(*Design, [][]Sample)
		want   []string
	}{
		{"nothing", nil, nil},
		{"an outlier", []func(*Design, [][]Sample){wall(0, 3, 2.1)}, []string{
			"serial: 1 of 10 samples is an outlier, 2.10s where the median is 1.20s",
		}},
		{"outliers on both sides", []func(*Design, [][]Sample){wall(1, 3, 0.0034), wall(1, 5, 2.1)}, []string{
			"hybrid -n 2 -f 8: 2 of 10 samples are outliers, 3.4ms to 2.10s where the median is 34ms",
		}},
		{"an outlier that reads as the median", []func(*Design, [][]Sample){func(_ *Design, s [][]Sample) {
			for i := range s[0] {
				s[0][i].WallSeconds = 1.2 + 1e-7*float64(i)
			}
			s[0][3].WallSeconds = 1.2001
		}}, nil},
		{"6 rounds", []func(*Design, [][]Sample){first(6)}, nil},
		{"5 rounds", []func(*Design, [][]Sample){first(5)}, []string{
			"5 rounds are too few for the interval of a median: it takes 6",
		}},
		{"1 round", []func(*Design, [][]Sample){first(1)}, []string{
			"1 round is too few for the interval of a median: it takes 6",
		}},
		{"no CPU is known", []func(*Design, [][]Sample){frames(1), func(_ *Design, s [][]Sample) {
			for i := range s[0] {
				s[0][i].UserSeconds, s[1][i].UserSeconds = 0, 0
			}
		}}, nil},
		{"a fiftieth for frames", []func(*Design, [][]Sample){frames(0.02 * 0.495 / 200)}, nil},
		{"frames of one arm", []func(*Design, [][]Sample){frames(0.018 / 200)}, []string{
			"hybrid -n 2 -f 8: reporting takes about 4 % of its CPU: the items are too small to show what the strategy costs",
		}},
		{"frames of both", []func(*Design, [][]Sample){frames(0.1 / 200)}, []string{
			"serial and hybrid -n 2 -f 8: reporting takes about 10 % to 20 % of their CPU: the items are too small to show what the strategy costs",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, samples := around(pair)
			d.Warnings = []string{"busy"}
			for _, change := range test.change {
				change(&d, samples)
			}
			if got, want := Analyse(d, samples).Warnings, append([]string{"busy"}, test.want...); !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

func TestFewRoundsSayNothing(t *testing.T) {
	usuals := []usual{{Arm{"", "serial", 1, 1, 0}, 9, 1, 30, 100}, {Arm{"", "hybrid", 2, 8, 0}, 1, 1, 30, 100}}
	for n := 1; n < 8; n++ {
		d, samples := around(usuals)
		doc := Analyse(d, [][]Sample{samples[0][:n], samples[1][:n]})
		arm := doc.Arms[1]
		if enough := n >= 4; enough != (arm.Difference == Faster) || enough != (arm.RatioLow != nil) || enough != (doc.Recommend == "-n 2 -f 8") ||
			!enough && doc.Recommend != "" {
			t.Errorf("of %d rounds: %+v, recommended %q", n, arm, doc.Recommend)
		}
		if arm.Ratio == nil || (n >= 6) != (arm.Low != nil) {
			t.Errorf("of %d rounds: %+v", n, arm)
		}
	}
}

func TestRoundsThatManyArmsTake(t *testing.T) {
	d := Design{Rounds: 5, Arms: equalArms}
	doc := Analyse(d, noises[0].fresh(rand.New(rand.NewPCG(1, 1)), 5, slices.Repeat([]float64{1}, len(equalArms))...))
	want := []string{"nothing can be shown by 5 rounds of 9 ways: it takes 6"}
	if !slices.Equal(doc.Verdict, want) || doc.Recommend != "" {
		t.Errorf("says %q and recommends %q, want %q", doc.Verdict, doc.Recommend, want)
	}
}

// Other work shows where one item after the other is worked on for long enough.
func TestOtherWorkIsSaid(t *testing.T) {
	for _, test := range []struct {
		strategy    string
		share, wall float64
		want        bool
	}{
		{"serial", 0.3, 1, true},
		{"serial", 0.05, 1, false},
		{"serial", 0.9, 0.05, false},
		{"async", 0.9, 1, false},
	} {
		d := Design{Rounds: 6, Arms: []Arm{{Strategy: test.strategy, Chunks: 1, Fanout: 1}}}
		samples := make([]Sample, 6)
		for i := range samples {
			samples[i] = Sample{WallSeconds: test.wall, UserSeconds: test.wall, Pressure: &Pressure{CPU: test.share}}
		}
		said := strings.Contains(strings.Join(Analyse(d, [][]Sample{samples}).Warnings, "\n"), "the machine has other work")
		if said != test.want {
			t.Errorf("%+v: said %v", test, said)
		}
	}
}

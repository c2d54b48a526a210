package compare

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestAnalyse(t *testing.T) {
	d, samples := around([]usual{
		{Arm{"", "async", 1, 16, 0}, 1, 1, 30, 100},
		{Arm{"", "serial", 1, 1, 0}, 10, 1, 30, 100},
		{Arm{"", "threads", 4, 4, 0}, 20, 1, 30, 100},
		{Arm{"", "hybrid", 2, 8, 0}, 10, 1, 30, 100},
	})
	d.Seed, d.Warnings = 7, []string{"the machine was busy"}
	doc := Analyse(d, samples)
	if doc.Schema != Schema || doc.Rounds != rounds || doc.Seed != 7 || doc.Baseline != "serial" || !slices.Equal(doc.Warnings, d.Warnings) {
		t.Errorf("%+v", doc)
	}
	for i, want := range []string{Faster, "", Slower, NoneShown} {
		arm := doc.Arms[i]
		if arm.Difference != want || arm.InFlight != d.Arms[i].InFlight(0) || len(arm.Samples) != rounds {
			t.Errorf("%s: %q, want %q: %+v", arm.Name(), arm.Difference, want, arm)
		}
		if arm.Low == nil || *arm.Low > arm.Median || arm.Median > *arm.High {
			t.Errorf("%s: %v is not between %v and %v", arm.Name(), arm.Median, arm.Low, arm.High)
		}
		if want == "" {
			if arm.Ratio != nil || arm.RatioLow != nil || arm.RatioHigh != nil || arm.P != nil {
				t.Errorf("the baseline is held against itself: %+v", arm)
			}
			continue
		}
		agree(t, arm)
		if ratio := doc.Arms[1].Median / arm.Median; *arm.Ratio != ratio {
			t.Errorf("%s: %v× serial, want %v", arm.Name(), *arm.Ratio, ratio)
		}
	}
	if want := 3 * 2.0 / 184756; *doc.Arms[0].P < 0.999*want || *doc.Arms[0].P > 1.001*want {
		t.Errorf("p = %v: the least of 10 and 10 samples, of three tests, is %v", *doc.Arms[0].P, want)
	}
}

func TestWholeRoundsCount(t *testing.T) {
	d, samples := around([]usual{
		{Arm{"", "serial", 1, 1, 0}, 10, 1, 30, 100},
		{Arm{"", "threads", 4, 4, 0}, 20, 1, 30, 100},
	})
	samples[1] = samples[1][:7]
	samples[0][8].ByStatus = map[string]int{"lost": 200} // of a round that does not count
	doc := Analyse(d, samples)
	if doc.Rounds != 7 || len(doc.Arms[0].Samples) != 7 || len(doc.Arms[1].Samples) != 7 || doc.Arms[1].Difference != Slower {
		t.Errorf("%+v", doc)
	}
	if want := []string{"7 of 10 rounds were completed: only these count"}; !slices.Equal(doc.Warnings, want) {
		t.Errorf("warns %q, want %q", doc.Warnings, want)
	}
	for _, none := range [][][]Sample{{nil, nil}, {samples[0], nil}} {
		doc := Analyse(d, none)
		if doc.Rounds != 0 || doc.Baseline != "serial" || len(doc.Arms) != 2 || doc.Recommend != "" ||
			strings.Join(doc.Verdict, "\n") != "nothing can be said: no round was completed" {
			t.Errorf("of no whole round: %+v", doc)
		}
		encode(t, doc)
	}
	encode(t, Analyse(Design{}, nil))
}

// encode fails where a document cannot be written, or has null for a list.
func encode(t *testing.T, doc Document) {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil || strings.Contains(string(text), `:null,"verdict"`) || strings.Contains(string(text), `"warnings":null`) ||
		strings.Contains(string(text), `"samples":null`) || strings.Contains(string(text), `"verdict":null`) {
		t.Fatalf("%s %v", text, err)
	}
}

// Whatever the numbers, nothing panics and everything can be written as json, and what is said has no number that is none.
func TestOddNumbers(t *testing.T) {
	odd := []float64{0, 0, 1, 1, 2, 1e-300, 5e-324, 1e300, 0.5}
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		levels := odd[:1+r.IntN(len(odd))]
		pick := func() float64 { return levels[r.IntN(len(levels))] }
		var samples [][]Sample
		n := 1 + r.IntN(9)
		for range equalArms {
			var taken []Sample
			for range n {
				taken = append(taken, Sample{
					WallSeconds: pick(), UserSeconds: pick(), SumPSSBytes: int64(min(pick(), 1e18)), InvoluntarySwitches: int64(min(pick(), 3)),
					ByStatus: map[string]int{"ok": 1, "timeout": 0},
				})
			}
			samples = append(samples, taken)
		}
		doc := Analyse(Design{Arms: equalArms, Rounds: n, Workload: Workload{Items: 10, FrameSeconds: pick()}}, samples)
		encode(t, doc)
		if said := strings.Join(slices.Concat(doc.Verdict, doc.Warnings), "\n"); strings.Contains(said, "NaN") || strings.Contains(said, "Inf") {
			t.Fatal(said)
		}
		for _, arm := range doc.Arms {
			if arm.Refused != "" || arm.Ratio != nil && *arm.Ratio <= 0 {
				t.Fatalf("%+v", arm)
			}
		}
	}
}

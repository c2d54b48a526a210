package compare

import (
	"maps"
	"slices"
	"testing"
)

// work is the outcomes of one sample.
func work(ok int, failed map[string]int) Sample {
	s := Sample{Items: ok, ByStatus: map[string]int{"ok": ok, "lost": 0}}
	for status, n := range failed {
		s.Failed += n
		s.Items += n
		s.ByStatus[status] = n
	}
	return s
}

func TestRefuse(t *testing.T) {
	clean, three := work(200, nil), work(197, map[string]int{"timeout": 3})
	five, closed := work(195, map[string]int{"timeout": 3, "refused": 2}), work(197, map[string]int{"closed": 3})
	all := func(of Sample) []Sample { return slices.Repeat([]Sample{of}, rounds) }
	some := func(of, other Sample) []Sample { return append(all(of)[:rounds-1], other) }
	usuals := []usual{
		{Arm{"", "serial", 1, 1, 0}, 4, 1, 30, 100},
		{Arm{"", "threads", 4, 1, 0}, 1, 1, 30, 100},
		{Arm{"", "processes", 4, 1, 0}, 2, 1, 60, 100},
	}
	const best = "processes -n 4 are 1.99× serial (1.98–2.01), with 4 in flight against 1"
	for _, test := range []struct {
		name      string
		work      [3][]Sample
		refused   [3]string
		verdict   []string
		warnings  []string
		recommend string
	}{
		{
			"some of an arm's samples failed",
			[3][]Sample{all(clean), some(clean, three), all(clean)},
			[3]string{"", "3 of 200 failed (3 timeout) in some samples, none in others", ""},
			[]string{best, "threads -n 4 cannot be compared: 3 of 200 failed (3 timeout) in some samples, none in others"},
			nil, "--strategy processes -n 4",
		},
		{
			"an arm fails, the baseline does not",
			[3][]Sample{all(clean), all(five), all(clean)},
			[3]string{"", "5 of 200 failed (3 timeout, 2 refused) in its own samples, none in the baseline's", ""},
			[]string{best, "threads -n 4 cannot be compared: 5 of 200 failed (3 timeout, 2 refused) in its own samples, none in the baseline's"},
			nil, "--strategy processes -n 4",
		},
		{
			"as many failures, of another status",
			[3][]Sample{all(three), all(closed), all(three)},
			[3]string{"", "3 of 200 failed (3 closed) in its own samples, 3 (3 timeout) in the baseline's", ""},
			[]string{best, "threads -n 4 cannot be compared: 3 of 200 failed (3 closed) in its own samples, 3 (3 timeout) in the baseline's"},
			[]string{"3 of 200 items failed (3 timeout) in every sample"},
			"--strategy processes -n 4",
		},
		{
			"fewer items",
			[3][]Sample{all(clean), all(work(150, nil)), all(clean)},
			[3]string{"", "150 items in its own samples, 200 in the baseline's", ""},
			[]string{best, "threads -n 4 cannot be compared: 150 items in its own samples, 200 in the baseline's"},
			nil, "--strategy processes -n 4",
		},
		{
			"the baseline's samples differ",
			[3][]Sample{some(three, clean), all(clean), some(five, three)},
			[3]string{
				"3 of 200 failed (3 timeout) in some samples, none in others",
				"there is no baseline: of serial 3 of 200 failed (3 timeout) in some samples, none in others",
				"5 of 200 failed (3 timeout, 2 refused) in some samples, 3 (3 timeout) in others",
			},
			[]string{"nothing can be compared with serial: 3 of 200 failed (3 timeout) in some samples, none in others"},
			nil, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, samples := around(usuals)
			for i := range samples {
				for j := range samples[i] {
					w := test.work[i][j]
					samples[i][j].Items, samples[i][j].Failed, samples[i][j].ByStatus = w.Items, w.Failed, maps.Clone(w.ByStatus)
					if j%2 == 1 {
						delete(samples[i][j].ByStatus, "lost") // 0 elsewhere
					}
				}
			}
			doc := Analyse(d, samples)
			for i, want := range test.refused {
				arm := doc.Arms[i]
				if arm.Refused != want {
					t.Errorf("%s: refused for %q, want %q", arm.Name(), arm.Refused, want)
				}
				if want != "" && (arm.P != nil || arm.Ratio != nil || arm.RatioLow != nil || arm.Difference != "") {
					t.Errorf("%s is refused and compared: %+v", arm.Name(), arm)
				}
			}
			if !slices.Equal(doc.Verdict, test.verdict) {
				t.Errorf("says %q, want %q", doc.Verdict, test.verdict)
			}
			if !slices.Equal(doc.Warnings, test.warnings) {
				t.Errorf("warns %q, want %q", doc.Warnings, test.warnings)
			}
			if doc.Recommend != test.recommend {
				t.Errorf("recommends %q, want %q", doc.Recommend, test.recommend)
			}
		})
	}
}

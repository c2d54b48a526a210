package compare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func designed(arms int) Design {
	d := Design{Workload: Workload{Name: "cpu", Items: 100}, Rounds: 2, Seed: 7, Warnings: []string{"odd"}}
	for i := range arms {
		d.Arms = append(d.Arms, Arm{Strategy: "threads", Chunks: i + 1, Fanout: 1})
	}
	return d
}

// What is written is read again, of several comparisons the last.
func TestRaw(t *testing.T) {
	raw := Raw{File: filepath.Join(t.TempDir(), "raw")}
	want := [][]Sample{
		{{WallSeconds: 1.5, ByStatus: map[string]int{"ok": 3}}, {WallSeconds: 2, Pressure: &Pressure{CPU: 0.5}}},
		{{WallSeconds: 3, MajorFaults: 4}},
	}
	for n := range 2 {
		if err := raw.Begin(t.Context(), designed(2-n)); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			raw.Keep(t.Context(), 1, Sample{WallSeconds: 99})
		}
	}
	if err := raw.Begin(t.Context(), designed(2)); err != nil {
		t.Fatal(err)
	}
	for arm, samples := range want {
		for _, s := range samples {
			if err := raw.Keep(t.Context(), arm, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := os.ReadFile(raw.File)
	if err != nil {
		t.Fatal(err)
	}
	d, samples, notes, err := ReadRaw(strings.NewReader(string(text) + `{"arm":0,"sample":{"wall_sec`))
	if err != nil || !cmp.Equal(d, designed(2)) || !cmp.Equal(samples, want) {
		t.Errorf("%v\n%s%s", err, cmp.Diff(designed(2), d), cmp.Diff(want, samples))
	}
	if got := strings.Join(notes, "; "); got != "line 8 is left out: unexpected EOF; comparisons before the last are left out: 2" {
		t.Error(got)
	}
}

func TestRawRefused(t *testing.T) {
	design := `{"design":{"arms":[{"strategy":"serial","chunks":1,"fanout":1}]},"arm":0}` + "\n"
	for text, want := range map[string]string{
		"":                                   "no comparison in it",
		"hello\n":                            "no comparison in it",
		design + `{"arm":1,"sample":{}}`:     "line 2: no sample of an arm",
		design + `{"arm":-1,"sample":{}}`:    "line 2: no sample of an arm",
		`{"arm":0,"sample":{}}`:              "line 1: no sample of an arm",
		design + "{\"arm\":0}\n":             "line 2: no sample of an arm",
		strings.Repeat("x", maxRecord+2):     "line 1: over 16777216 bytes",
		`{"schema":"muster.compare/1"}`:      "no comparison in it",
		design + `{"arm":0,"sampel":{}}`:     "",
		design + "\n" + design + "garbage\n": "",
	} {
		_, _, notes, err := ReadRaw(strings.NewReader(text))
		switch {
		case want == "" && (err != nil || len(notes) == 0):
			t.Errorf("%.60q: %v, %q", text, err, notes)
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
}

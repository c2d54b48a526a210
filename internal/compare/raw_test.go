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
	design := `{"design":{"workload":{"name":"mixed"},"arms":[{"strategy":"serial","chunks":1,"fanout":1}]},"arm":0}` + "\n"
	sample := `{"arm":0,"sample":{"wall_seconds":1}}` + "\n"
	with := func(old, new string) string { return strings.Replace(design, old, new, 1) }
	for text, want := range map[string]string{
		"":                               "no comparison in it",
		"hello\n":                        "no comparison in it",
		`{"schema":"muster.compare/1"}`:  "no comparison in it",
		"hello\nhello\n":                 "line 2: invalid character 'h' looking for beginning of value",
		strings.Repeat("x", maxRecord+2): "line 1: over 16777216 bytes",
		sample:                           "line 1: no sample of an arm",
		design + `{"arm":1,"sample":{"wall_seconds":1}}`:     "line 2: no sample of an arm",
		design + sample + `{"arm":0,"sam` + "\n" + sample:    "line 4: a sample after a line that cannot be read: line 3 is left out: invalid character '\\n' in string literal",
		design + `{"arm":0,"sample":{"wall_seconds":1}} {}`:  "",
		design + `{"arm":-1,"sample":{"wall_seconds":1}}`:    "",
		design + "{\"arm\":0}\n":                             "",
		design + `{"arm":0,"sample":{"wall_seconds":0}}`:     "",
		design + `{"arm":0,"sample":{"wall_seconds":1e300}}`: "",
		design + `{"arm":0,"sampel":{}}`:                     "",
		with(`"serial"`, `"x --output=json=f"`):              "line 1: an arm that there cannot be",
		with(`"chunks":1`, `"chunks":4000000000`):            "line 1: an arm that there cannot be",
		with(`"chunks":1`, `"chunks":0`):                     "line 1: an arm that there cannot be",
		with(`"strategy"`, `"kind":"\u001b[31m","strategy"`): "line 1: an arm that there cannot be",
		with(`"mixed"`, `"rm"`):                              "line 1: an arm that there cannot be",
		with(`"strategy"`, `"kind":"disk","strategy"`):       "none",
	} {
		_, _, notes, err := ReadRaw(strings.NewReader(text))
		switch {
		case want == "none" && (err != nil || notes != nil):
			t.Errorf("%.60q: %v, %q", text, err, notes)
		case want == "" && (err != nil || len(notes) != 1):
			t.Errorf("%.60q: %v, %q", text, err, notes)
		case want != "" && want != "none" && (err == nil || err.Error() != want):
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
}

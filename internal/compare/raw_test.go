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

// What is written is read again, of several comparisons the last, though another appends at the same time, and of its
// rounds those that are whole.
func TestRaw(t *testing.T) {
	file := filepath.Join(t.TempDir(), "raw")
	open := func(arms int) Raw {
		raw, err := OpenRaw(file)
		if err == nil {
			err = raw.Begin(t.Context(), designed(arms))
		}
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	keep := func(raw Raw, round, arm int, s Sample) {
		if err := raw.Keep(t.Context(), round, arm, s); err != nil {
			t.Fatal(err)
		}
	}
	other := open(2)
	keep(other, 1, 1, Sample{WallSeconds: 98})
	raw := open(2)
	want := [][]Sample{
		{{WallSeconds: 1.5, ByStatus: map[string]int{"ok": 3}}},
		{{WallSeconds: 3, MajorFaults: 4, Pressure: &Pressure{CPU: 0.5}}},
	}
	keep(raw, 1, 1, Sample{WallSeconds: 97}) // of a round that lacks the other's
	keep(raw, 2, 1, want[1][0])
	keep(other, 2, 0, Sample{WallSeconds: 99})
	keep(raw, 2, 0, want[0][0])
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, samples, notes, err := ReadRaw(strings.NewReader(string(text) + `{"arm":0,"sample":{"wall_sec`))
	if err != nil || !cmp.Equal(d, designed(2)) || !cmp.Equal(samples, want) {
		t.Errorf("%v\n%s%s", err, cmp.Diff(designed(2), d), cmp.Diff(want, samples))
	}
	if got := strings.Join(notes, "; "); got != "lines that cannot be read are left out: 1; samples of other comparisons are left out: 2" {
		t.Error(got)
	}
}

// A file with something else in it is not appended to.
func TestRawOfSomethingElse(t *testing.T) {
	for text, want := range map[string]bool{"": true, "web1\n": false, `{"arm":0}`: false} {
		file := filepath.Join(t.TempDir(), "raw")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRaw(file); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRawRefused(t *testing.T) {
	design := `{"run":"a","design":{"workload":{"name":"mixed","items":5},"rounds":3,"arms":[{"strategy":"serial","chunks":1,"fanout":1}]},"arm":0}` + "\n"
	sample := `{"run":"a","round":1,"arm":0,"sample":{"wall_seconds":1}}` + "\n"
	with := func(text, old, new string) string { return strings.Replace(text, old, new, 1) }
	const noArm, noSample, noDesign = "no sample of an arm", "a sample that there cannot be", "an arm that there cannot be"
	for text, want := range map[string]string{
		"":                               "no comparison in it",
		"hello\nhello\n":                 "no comparison in it",
		sample:                           "no comparison in it",
		strings.Repeat("x", maxRecord+2): "line 1: over 16777216 bytes",
		design + with(sample, `"arm":0`, `"arm":1`):                  "line 2: " + noArm,
		design + with(sample, `"arm":0`, `"arm":-1`):                 "line 2: " + noArm,
		design + with(sample, `"round":1`, `"round":4`):              "line 2: " + noArm,
		design + with(sample, `"round":1,`, ``):                      "line 2: " + noArm,
		design + with(sample, `:1}}`, `:0}}`):                        "line 2: " + noSample,
		design + with(sample, `:1}}`, `:1e300}}`):                    "line 2: " + noSample,
		with(design, `"serial"`, `"x --output=json=f"`):              "line 1: " + noDesign,
		with(design, `"chunks":1`, `"chunks":4000000000`):            "line 1: " + noDesign,
		with(design, `"chunks":1`, `"chunks":0`):                     "line 1: " + noDesign,
		with(design, `"strategy"`, `"kind":"\u001b[31m","strategy"`): "line 1: " + noDesign,
		with(design, `"mixed"`, `"rm"`):                              "line 1: " + noDesign,
		with(design, `"items":5`, `"items":0`):                       "line 1: a comparison of nothing",
		`{"run":"a","design":{},"arm":0}`:                            "line 1: a comparison of nothing",
		with(design, `"strategy"`, `"kind":"disk","strategy"`):       "",
	} {
		_, _, _, err := ReadRaw(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	for _, left := range []string{sample[:len(sample)-9], with(sample, `"wall_seconds"`, `"wall"`), strings.TrimSpace(sample) + " {}"} {
		_, samples, notes, err := ReadRaw(strings.NewReader(design + left + "\n" + sample))
		if err != nil || len(notes) != 1 || len(samples[0]) != 1 {
			t.Errorf("%q: %d samples, %q, %v", left, len(samples[0]), notes, err)
		}
	}
}

package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/worker"
)

// taken is what came of the lines of a script's stdout.
type taken struct {
	Outcomes []string // num and load1 of each, in order
	Text     string   // what is no record
	Ignored  int
	Doubt    string
	Over     bool
}

// take writes pieces to the records of hosts 1, 2, … of these labels, of which no more than limit bytes are taken.
func take(now bool, limit int64, hosts []string, pieces ...string) taken {
	var got taken
	r := newRecords(labels(hosts...), &output{limit: 1 << 30, emit: func(e fleet.Event) {
		switch e := e.(type) {
		case fleet.Output:
			got.Text += string(e.Data)
		case fleet.Outcome:
			load := "none"
			if e.Load1 != nil {
				load = fmt.Sprint(*e.Load1)
			}
			got.Outcomes = append(got.Outcomes, fmt.Sprint(e.Num, " ", load))
		}
	}}, now)
	r.limit = limit
	r.over = func() { got.Over = true }
	for _, piece := range pieces {
		r.Write([]byte(piece))
	}
	r.close()
	r.report()
	got.Ignored, got.Doubt = r.ignored, r.doubt
	return got
}

func TestRecords(t *testing.T) {
	long := `{"host":"a","load1":1,"x":"` + strings.Repeat("x", maxLine) + `"} {"host":"b"}` + "\n"
	fits := `{"host":"a","load1":1}` + strings.Repeat(" ", maxLine-len(`{"host":"a","load1":1}`)-1) + "\n"
	tests := []struct {
		name, text string
		want       taken
	}{
		{"nothing", "", taken{}},
		{"plain lines", "one\n\ntwo", taken{Text: "one\n\ntwo"}},
		{"a record among them", "one\n{\"host\":\"b\",\"load1\":2}\ntwo\n", taken{Outcomes: []string{"2 2"}, Text: "one\ntwo\n"}},
		{"a last line without newline", "one\n{\"host\":\"b\",\"load1\":2}", taken{Outcomes: []string{"2 2"}, Text: "one\n"}},
		{"the first of a host counts", "{\"host\":\"a\",\"load1\":1}\n{\"host\":\"a\",\"load1\":9}\n", taken{
			Outcomes: []string{"1 1"}, Text: "{\"host\":\"a\",\"load1\":9}\n", Ignored: 1, Doubt: `line 2: a second record of "a"`,
		}},
		{"a strange host", "{\"host\":\"c\"}\n{\"host\":\"a\"}\n", taken{
			Outcomes: []string{"1 none"}, Text: "{\"host\":\"c\"}\n", Ignored: 1, Doubt: `line 1: host "c" is not of this group`,
		}},
		{"of all doubts the first", "x\n{\"host\":\n{\"host\":\"c\"}\n{\n", taken{
			Text: "x\n{\"host\":\n{\"host\":\"c\"}\n{\n", Ignored: 3, Doubt: "line 2: no json object: unexpected EOF",
		}},
		{"a doubt is bounded", "{\"host\":\"" + strings.Repeat("c", maxDoubt) + "\"}", taken{
			Text: "{\"host\":\"" + strings.Repeat("c", maxDoubt) + "\"}", Ignored: 1, Doubt: (`line 1: host "` + strings.Repeat("c", maxDoubt))[:maxDoubt],
		}},
		{"the longest record", fits, taken{Outcomes: []string{"1 1"}}},
		{"a longer line", "x\n" + long + "{\"host\":\"c\"}\n", taken{
			Text: "x\n" + long + "{\"host\":\"c\"}\n", Ignored: 1, Doubt: `line 3: host "c" is not of this group`,
		}},
		{"a longer last line", strings.TrimSpace(long), taken{Text: strings.TrimSpace(long)}},
	}
	for _, tt := range tests {
		for _, now := range []bool{false, true} {
			for _, pieces := range [][]string{{tt.text}, strings.SplitAfter(tt.text, " ")} {
				if diff := cmp.Diff(tt.want, take(now, 1<<30, []string{"a", "b"}, pieces...)); diff != "" {
					t.Errorf("%s, now %v, %d pieces: %s", tt.name, now, len(pieces), diff)
				}
			}
		}
	}
}

// However what a script writes is cut on its way, the same comes of it; and of more than the limit, what comes of the limit.
func TestRecordsInPieces(t *testing.T) {
	lines := []string{
		"text\n", "\n", "{\n", `{"host":"a","load1":1}` + "\n", `{"host":"b","load1":2}` + "\r\n", `{"host":"c","load1":-1}` + "\n",
		`{"host":"nobody"}` + "\n", `{"host":"a"}`, strings.Repeat("x", maxLine-2) + "\n", strings.Repeat("y", maxLine+3) + "\n",
		`{"host":"b","y":"` + strings.Repeat("y", maxLine) + `"}` + "\n", strings.Repeat("z", maxLine+1) + `{"host":"c","load1":3}` + "\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 10).Draw(t, "lines"), "")
		places := []int{0, len(text)} // among which are those that look like the beginning of a record
		for i, c := range []byte(text) {
			if c == '{' || c == '\n' {
				places = append(places, i, i+1)
			}
		}
		cuts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(places), rapid.IntRange(0, len(text))), 0, 6).Draw(t, "cuts")
		limit := rapid.OneOf(rapid.IntRange(0, len(text)), rapid.Just(len(text))).Draw(t, "limit")
		now := rapid.Bool().Draw(t, "now")
		slices.Sort(cuts)
		var pieces []string
		begin := 0
		for _, end := range append(cuts, len(text)) {
			pieces = append(pieces, text[begin:end])
			begin = end
		}
		want := take(!now, 1<<30, []string{"a", "b", "c"}, text[:limit])
		want.Over = limit < len(text)
		if diff := cmp.Diff(want, take(now, int64(limit), []string{"a", "b", "c"}, pieces...)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Records are kept for report unless there is no other attempt to come: then each is handed on with its line.
func TestRecordsAreKept(t *testing.T) {
	for _, now := range []bool{false, true} {
		var got []int
		out := &output{limit: 1 << 10, emit: func(e fleet.Event) { got = append(got, e.(fleet.Outcome).Num) }}
		r := newRecords(worker.Labels{First: 5, Count: 2, Lines: []byte("a\nb\n")}, out, now)
		r.Write([]byte(`{"host":"b"}` + "\n" + `{"host":"a"}`))
		if now && !slices.Equal(got, []int{6}) || !now && got != nil {
			t.Errorf("now %v: %v", now, got)
		}
		r.close()
		r.report()
		if !slices.Equal(got, []int{6, 5}) {
			t.Errorf("now %v: %v at the end", now, got)
		}
		if want := "more than 2048 bytes of output for 2 hosts"; r.tooMuch() != want {
			t.Error(r.tooMuch())
		}
	}
}

package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// attacks are what a host may say of itself to act on a terminal, a spreadsheet, a page or a CI log (F87).
var attacks = []string{
	"\x1b[2J\x1b[31m", "\x1b]52;c;cm0gLXJmCg==\x07", "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "a\rok", "a\nweb99  0.00",
	"\r\nweb99,ok", "::error::x", "::error x", "y::z",
	"\n::set-output name=a::b", "##vso[task.complete]", "##teamcity[x]", "=HYPERLINK(\"http://evil\")", "+1+1",
	"-2+3", "@SUM(A1)", "\t=1+1", "＝1+1", "<script>alert(1)</script>", "\u202eko", "\u2066x\u2069", "\u2028", "\u009b31m", "\x9b31m", "\xff\xfe",
	"\x00", "\u200b", "\ufeff", "\U000e0041", "\"quoted\",\"", "a,b", strings.Repeat("A", 1000), strings.Repeat("\u0301", 100), "大きい",
}

var hostileText = rapid.OneOf(rapid.SampledFrom(attacks), rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))

// hostile fills every text field of an outcome by what draw returns.
func hostile(o *fleet.Outcome, draw func() string) *fleet.Outcome {
	for _, record := range []reflect.Value{reflect.ValueOf(o).Elem(), reflect.ValueOf(&o.Reading).Elem()} {
		for i := range record.NumField() {
			if f := record.Field(i); f.Kind() == reflect.String {
				f.SetString(draw())
			}
		}
	}
	return o
}

func drawHostile(t *rapid.T) *fleet.Outcome {
	o := reading(rapid.IntRange(0, 60).Draw(t, "i"))
	hostile(o, func() string { return hostileText.Draw(t, "text") })
	if rapid.Bool().Draw(t, "known status") {
		o.Status = rapid.SampledFrom(fleet.Statuses).Draw(t, "status")
	}
	return o
}

func drawFleet(t *rapid.T) []*fleet.Outcome {
	return rapid.SliceOfN(rapid.Custom(drawHostile), 0, 8).Draw(t, "fleet")
}

// failer is a test of any kind.
type failer interface{ Fatalf(string, ...any) }

// mustBeInert fails where text could act on a terminal.
func mustBeInert(t failer, text string) {
	if !utf8.ValidString(text) {
		t.Fatalf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("holds %U: %q", r, text)
		}
	}
}

// Hosts say anything in every field: a table has a row for each, which begins with a blank and fits the terminal (F87).
func TestF87HostileTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 20, 80, 10_000}).Draw(t, "width")
		mustBeTable(t, document(drawFleet(t)...), width)
	})
}

// mustBeTable fails where the table of d on a terminal of some width has not one row for each host, or where a row begins
// with what a host said or is too wide.
func mustBeTable(t failer, d *Document, width int) {
	var b bytes.Buffer
	opts := Options{Columns: []string{"host", "status", "error", "kernel", "load1", "os", "boot_id"}, Width: width}
	if err := Table(&b, d, opts); err != nil {
		t.Fatalf("%v", err)
	}
	mustBeInert(t, b.String())
	lines := strings.Split(b.String(), "\n")
	if rows := lines[1:]; len(d.Hosts) > 0 && (width == 0 || width >= 5) {
		for i, row := range rows[:len(d.Hosts)] {
			if row != "" && row[0] != ' ' {
				t.Fatalf("row %d begins with text of a host: %q", i, row)
			}
			mustCommandNobody(t, row)
		}
		if after := rows[len(d.Hosts)]; after != "" && !strings.HasPrefix(after, " not") {
			t.Fatalf("after %d rows stands %q", len(d.Hosts), after)
		}
	}
	for _, line := range lines {
		if width > 1 && displayWidth(line) > width {
			t.Fatalf("%d columns in a width of %d: %q", displayWidth(line), width, line)
		}
	}
}

// Whatever its cells say, a grid has a line for each row (F87).
func TestF87HostileGridHasALineARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		row := rapid.SliceOfN(hostileText, columns, columns)
		g := Grid{Header: row.Draw(t, "header"), Rows: rapid.SliceOfN(row, 0, 6).Draw(t, "rows")}
		var b bytes.Buffer
		if err := g.Write(&b, 0); err != nil {
			t.Fatal(err)
		}
		mustBeInert(t, b.String())
		if n := strings.Count(b.String(), "\n"); n != len(g.Rows)+1 {
			t.Fatalf("%d lines for %d rows: %q", n, len(g.Rows), b.String())
		}
	})
}

// Hosts say anything in every field: csv has a record for each, and a spreadsheet takes none of it for a formula (F87).
func TestF87HostileCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { mustBeCSV(t, document(drawFleet(t)...)) })
}

// mustBeCSV fails where d as csv is not a record for each host, whose texts are what the host said and no formulas.
func mustBeCSV(t failer, d *Document) {
	var b bytes.Buffer
	if err := CSV(&b, d, Options{}); err != nil {
		t.Fatalf("%v", err)
	}
	mustBeInert(t, b.String())
	mustCommandNobody(t, b.String())
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(records) != len(d.Hosts)+1 {
		t.Fatalf("%d records for %d hosts, %v", len(records), len(d.Hosts), err)
	}
	for i, h := range d.Hosts {
		for c, f := range fleet.ReadingFields() {
			cell := records[i+1][c]
			text, ok := f.Value(h).(string)
			if !ok {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(cell); strings.ContainsRune("=+-@＝＋－＠\t\r", first) {
				t.Fatalf("%s is a formula: %q", f.Name, cell)
			}
			text = Clean(text)
			if c == 0 {
				text = leadCell(text)
			}
			if strings.TrimPrefix(cell, "'") != strings.TrimPrefix(text, "'") {
				t.Fatalf("%s is %q, was %q", f.Name, cell, text)
			}
		}
	}
}

// Hosts say anything in every field: json and ndjson are valid, say the same, and act on nobody (F87).
func TestF87HostileJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := document(drawFleet(t)...)
		d.Warnings = []string{hostileText.Draw(t, "warning")}
		mustBeJSON(t, d)
	})
}

// mustBeJSON fails where d as json or ndjson does not say what its hosts said, or where that acts.
func mustBeJSON(t failer, d *Document) {
	var b, lines bytes.Buffer
	if err := JSON(&b, d); err != nil {
		t.Fatalf("%v", err)
	}
	if err := encoders["ndjson"](&lines, d); err != nil {
		t.Fatalf("%v", err)
	}
	for _, written := range []string{b.String(), lines.String()} {
		mustBeInert(t, written)
		mustCommandNobody(t, written)
	}
	if n := strings.Count(lines.String(), "\n"); n != len(d.Hosts) {
		t.Fatalf("%d lines for %d hosts", n, len(d.Hosts))
	}
	var got struct{ Hosts []*fleet.Outcome }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v", err)
	}
	for i, line := range slices.Collect(strings.Lines(lines.String())) {
		var again fleet.Outcome
		if err := json.Unmarshal([]byte(line), &again); err != nil {
			t.Fatalf("%v", err)
		}
		for _, o := range []*fleet.Outcome{got.Hosts[i], &again} {
			if diff := cmp.Diff(texts(d.Hosts[i]), texts(o)); diff != "" {
				t.Fatalf("host %d (-want +got):\n%s", i, diff)
			}
		}
	}
}

// texts returns the values of all fields as json carries them: every byte that is not UTF-8 is replaced.
func texts(o *fleet.Outcome) (values []any) {
	for _, f := range fleet.ReadingFields() {
		v := f.Value(o)
		if s, ok := v.(string); ok {
			v = strings.Map(func(r rune) rune { return r }, s)
		}
		values = append(values, v)
	}
	return values
}

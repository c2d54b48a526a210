package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// text is a fleet.Text that is in memory; one that is broken cannot be read.
type text string

const broken = text("broken")

var errBroken = errors.New("broken")

func (s text) Len() int64 { return int64(len(s)) }

func (s text) Bytes() ([]byte, error) {
	if s == broken {
		return nil, errBroken
	}
	return []byte(s), nil
}

// said returns the outcome of a host on which a command ended with an exit code.
func said(host string, code int, stdout, stderr text) *fleet.Outcome {
	o := &fleet.Outcome{Host: host, Status: fleet.StatusOK, Attempts: 1, DurationMS: new(12.5)}
	if code != 0 {
		o.Status, o.Phase, o.Error = fleet.StatusExit, fleet.PhaseExec, fmt.Sprintf("exit status %d: %s", code, stderr)
	}
	o.Said = fleet.Said{ExitCode: &code, Stdout: stdout, Stderr: stderr}
	return o
}

// saidSample is a run of one command on many hosts.
func saidSample() *Document {
	killed := said("db1", 0, "half a li", "")
	killed.Status, killed.Phase, killed.Error = fleet.StatusExit, fleet.PhaseExec, "ended by signal KILL"
	killed.ExitCode, killed.Signal, killed.StdoutTruncatedBytes = nil, "KILL", 7
	late := said("lb1", 0, "so far\n", "")
	late.Status, late.Phase, late.Error, late.ExitCode = fleet.StatusTimeout, fleet.PhaseExec, "command did not end within 30s", nil
	return document(
		said("web1", 0, "Linux 6.1.0\nup 3 days\n", ""), said("web5", 2, "", "no such file\n"), said("web2", 0, "Linux 6.1.0\nup 3 days\n", ""),
		killed, said("web3", 0, "", ""), said("web7", 0, "Linux 6.1.0\nup 3 days\n", ""), late,
		failure("db2", fleet.StatusUnreachable, fleet.PhaseConnect, "no route to host"), said("web4", 0, "::error::x\n\n##vso[x]\r\n", "\x1b[2J"),
	)
}

// groupsSample is a run of a script for each group of hosts, or of items.
func groupsSample(items bool) *Document {
	hosts := []*fleet.Outcome{
		reading(3), reading(4), failure("web005", fleet.StatusExit, fleet.PhaseExec, "exit status 3: no"),
		failure("web006", fleet.StatusTimeout, fleet.PhaseExec, "not done within 10s"), failure("web007", fleet.StatusSkipped, "", ""), reading(8),
	}
	hosts[0].Extra = map[string]float64{"temp": 41.5, "=fans": 2, "": 1}
	if items {
		hosts[0], hosts[1] = said("a", 0, "", ""), said("b", 0, "", "")
	}
	d := document(hosts...)
	d.Groups = []Group{
		{
			Chunk: 0, Count: 2, Status: fleet.StatusOK, Attempts: 1, ExitCode: new(0), DurationMS: new(12.5), Hosts: []string{"web003", "web004"},
			UserSeconds: new(0.01), SystemSeconds: new(0.02), MaxRSSBytes: new(int64(3 << 20)), Stdout: text("one\ntwo"), Stderr: text(""),
		},
		{
			Chunk: 1, Count: 1, Status: fleet.StatusExit, Error: "exit status 3: no", Attempts: 2, ExitCode: new(3), DurationMS: new(1234.5),
			Hosts: []string{"web005"}, UserSeconds: new(0.0), SystemSeconds: new(0.0), Stdout: text("::error::x\n"), Stderr: text("no\n"), StderrTruncatedBytes: 9,
		},
		{
			Chunk: 2, Count: 1, Status: fleet.StatusTimeout, Error: "not done within 10s", Attempts: 1, Signal: "KILL", DurationMS: new(10_000.0),
			Hosts: []string{"web006"}, Stdout: text(""), Stderr: text(""),
		},
		{Chunk: 3, Count: 1, Status: fleet.StatusSkipped, Hosts: []string{"web007"}},
		{Chunk: 4, Count: 1, Status: fleet.StatusOK, Attempts: 1, ExitCode: new(0), Hosts: []string{"web008"}, Stdout: text(""), Stderr: text("")},
	}
	if d.Items = items; items {
		d.Hosts = nil
		for i := range d.Groups {
			d.Groups[i].Hosts = nil
		}
	}
	return d
}

func TestGoldenSaid(t *testing.T) {
	table := func(o Options) func(*bytes.Buffer, *Document) error {
		return func(b *bytes.Buffer, d *Document) error { o.Fields = fleet.SaidFields(); return Table(b, d, o) }
	}
	for name, encode := range map[string]func(*bytes.Buffer, *Document) error{
		"said.txt":          table(Options{Told: true}),
		"said-30.txt":       table(Options{Told: true, Width: 30}),
		"said-color.txt":    table(Options{Told: true, Color: true}),
		"said-streamed.txt": table(Options{Told: true, Streamed: true}),
		"said-columns.txt":  table(Options{Told: true, Columns: []string{"host", "exit_code", "signal", "stdout", "stderr"}}),
		"said.json":         func(b *bytes.Buffer, d *Document) error { return JSON(b, d) },
		"said.csv":          func(b *bytes.Buffer, d *Document) error { return CSV(b, d, Options{Fields: fleet.SaidFields()}) },
		"said.ndjson":       func(b *bytes.Buffer, d *Document) error { return encoders["ndjson"](b, d) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := encode(&b, saidSample()); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
}

func TestGoldenGroups(t *testing.T) {
	table := func(o Options) func(io.Writer, *Document) error {
		return func(w io.Writer, d *Document) error { return Table(w, d, o) }
	}
	for _, tt := range []struct {
		name   string
		items  bool
		encode func(io.Writer, *Document) error
	}{
		{"groups.txt", false, table(Options{})},
		{"groups-color.txt", false, table(Options{Color: true, Width: 40})},
		{"groups-tag.txt", false, table(Options{Tag: true})},
		{"groups-streamed.txt", false, table(Options{Streamed: true})},
		{"groups-tag-streamed.txt", false, table(Options{Streamed: true, Tag: true})},
		{"groups-records.txt", false, table(Options{Open: true, OnlySaid: true})},
		{"groups-columns.txt", false, table(Options{Open: true, Columns: []string{"host", "temp", "status"}, Sort: "temp:desc"})},
		{"groups-summary.txt", false, table(Options{SummaryOnly: true})},
		{"groups.json", false, JSON},
		{"groups-items.txt", true, table(Options{})},
		{"groups-items.json", true, JSON},
		{"groups-grid.txt", false, func(w io.Writer, d *Document) error { return GroupsGrid(d.Groups).Write(w, 0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := tt.encode(&b, groupsSample(tt.items)); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name, b.Bytes())
		})
	}
}

// Hosts are folded where all is the same that is shown of them: how the command ended and every byte that it wrote.
func TestFold(t *testing.T) {
	signalled := said("f", 0, "x", "")
	signalled.ExitCode, signalled.Signal = nil, "KILL"
	truncated := said("g", 0, "x", "")
	truncated.StdoutTruncatedBytes = 1
	hosts := []*fleet.Outcome{
		said("a", 0, "x", ""), said("b", 1, "x", ""), said("c", 0, "x ", ""), said("d", 0, "", "x"), said("e", 0, "x", ""), signalled, truncated,
		failure("h", fleet.StatusAuth, fleet.PhaseAuth, ""), said("i", 1, "x", ""), said("j", 1, "x", ""),
	}
	var got []string
	for _, g := range fold(hosts) {
		got = append(got, strings.Join(g.hosts, ","))
	}
	if want := "b,i,j a,e c d f g"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}

func TestQuote(t *testing.T) {
	for _, tt := range []struct{ prefix, line, want string }{
		{"  ", "", "  "},
		{"  ", "plain", "  plain"},
		{"  ", "a\r", "  a"},
		{"  ", "a\r\r", `  a\x0d`},
		{"  ", "\x1b[2J\xff\u202e", `  \x1b[2J\xff\u202e`},
		{"  ", "::error::x", `  \x3a:error::x`},
		{"  ", "  ::error::x", `    \x3a:error::x`},
		{"  ", "::%error::x", `  \x3a:%error::x`}, // which is an address with a zone too
		{"  ", "::1", "  ::1"},
		{"  ", "\t::error::x", `  \x09::error::x`},
		{"  ", "a ::error::x", "  a ::error::x"},
		{"n1: ", "::error::x", "n1: ::error::x"}, // no longer at the line's beginning
		{"n1: ", "a ##vso[x]##[y]###[z]##teamcity[w]", `n1: a \x23#vso[x]\x23#[y]#\x23#[z]\x23#teamcity[w]`},
	} {
		if got := Quote(tt.prefix, []byte(tt.line)); got != tt.want {
			t.Errorf("Quote(%q, %q) = %q, want %q", tt.prefix, tt.line, got, tt.want)
		}
	}
}

// mustCommandNobody fails where a line commands a CI system.
func mustCommandNobody(t failer, text string) {
	for line := range strings.Lines(text) {
		text, first := strings.CutPrefix(strings.TrimSpace(line), "::")
		if first && strings.Contains(text, "::") || regexp.MustCompile(`##(vso|teamcity|)\[`).MatchString(line) {
			t.Fatalf("commands: %q", line)
		}
	}
}

// begins is how lines of a table begin that are not indented.
var begins = regexp.MustCompile(`^(n\d+( |,|:)|n\[|chunk \d+|groups  |hosts  |items  |load1/cpu  |mem_used%  |memory  |[a-z]+ \(\d+\): n)`)

// drawSaid draws a run whose hosts, commands and scripts say what they like, but for the labels, which the user gave.
func drawSaid(t *rapid.T) *Document {
	draw := func() string { return hostileText.Draw(t, "text") }
	wrote := func() fleet.Text {
		if rapid.Bool().Draw(t, "nothing") {
			return nil
		}
		return text(draw() + "\n" + draw())
	}
	var hosts []*fleet.Outcome
	for i := range rapid.IntRange(0, 5).Draw(t, "hosts") {
		o := drawHostile(t)
		o.Host, o.Status = fmt.Sprint("n", i), rapid.SampledFrom(fleet.Statuses).Draw(t, "status")
		o.Signal, o.Stdout, o.Stderr = draw(), wrote(), wrote()
		o.StdoutTruncatedBytes = rapid.Int64Range(0, 2).Draw(t, "truncated")
		if o.Stdout != nil && o.Stderr == nil {
			o.Stderr = text("")
		}
		if rapid.Bool().Draw(t, "extra") {
			o.Extra = map[string]float64{draw(): 1, "::error::" + draw(): 2, "##vso[" + draw(): 3}
		}
		hosts = append(hosts, o)
	}
	d := document(hosts...)
	if rapid.Bool().Draw(t, "groups") {
		d.Groups = []Group{}
		for i := range rapid.IntRange(1, 3).Draw(t, "groups") {
			d.Groups = append(d.Groups, Group{
				Chunk: i, Count: 2, Hosts: []string{"n1", "n2"}, Status: rapid.SampledFrom(fleet.Statuses).Draw(t, "status"),
				Error: draw(), Signal: draw(), Stdout: wrote(), Stderr: wrote(), Attempts: 2,
			})
		}
	}
	return d
}

// Commands and scripts write anything: a table shows it behind a prefix, as text that acts on nobody (F87).
func TestF87HostileSaidTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawSaid(t)
		opts := Options{
			Told: rapid.Bool().Draw(t, "told"), Streamed: rapid.Bool().Draw(t, "streamed"), Tag: rapid.Bool().Draw(t, "tag"), Open: true,
			OnlySaid: rapid.Bool().Draw(t, "only said"), SummaryOnly: rapid.Bool().Draw(t, "summary"),
			Columns: rapid.SampledFrom([][]string{nil, {"host", "error"}, {"error", "os"}, {"kernel"}, {"::error::x"}}).Draw(t, "columns"),
		}
		var b bytes.Buffer
		if err := Table(&b, d, opts); err != nil {
			t.Fatal(err)
		}
		if err := GroupsGrid(d.Groups).Write(&b, 0); err != nil {
			t.Fatal(err)
		}
		mustBeInert(t, b.String())
		mustCommandNobody(t, b.String())
		for line := range strings.Lines(b.String()) {
			if line[0] != ' ' && line != "\n" && !begins.MatchString(line) {
				t.Fatalf("begins with what somebody said: %q", line)
			}
		}
	})
}

// Commands and scripts write anything: json has every character of it, and acts on nobody (F87).
func TestF87HostileSaidJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawSaid(t)
		var b, lines bytes.Buffer
		if err := JSON(&b, d); err != nil {
			t.Fatal(err)
		}
		if err := encoders["ndjson"](&lines, d); err != nil {
			t.Fatal(err)
		}
		for _, written := range []string{b.String(), lines.String()} {
			mustBeInert(t, written)
			mustCommandNobody(t, written)
		}
		var got struct{ Hosts, Groups []map[string]any }
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		is := func(record map[string]any, stdout, stderr fleet.Text) {
			for name, text := range map[string]fleet.Text{"stdout": stdout, "stderr": stderr} {
				var want any
				if text != nil {
					raw, _ := text.Bytes()
					want = strings.Map(func(r rune) rune { return r }, string(raw)) // what is not UTF-8 is replaced
				}
				if record[name] != want {
					t.Fatalf("%s is %q, want %q", name, record[name], want)
				}
			}
		}
		for i, h := range d.Hosts {
			is(got.Hosts[i], h.Stdout, h.Stderr)
			for name, value := range h.Extra {
				if utf8.ValidString(name) && got.Hosts[i][name] != value {
					t.Fatalf("%q is %v, want %v", name, got.Hosts[i][name], value)
				}
			}
		}
		for i, g := range d.Groups {
			is(got.Groups[i], g.Stdout, g.Stderr)
		}
		if n := strings.Count(lines.String(), "\n"); n != len(d.Hosts) {
			t.Fatalf("%d lines for %d hosts", n, len(d.Hosts))
		}
	})
}

// Commands and scripts write anything, and records bring columns of any name: no cell of csv is a formula (F87).
func TestF87HostileSaidCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawSaid(t)
		for _, opts := range []Options{
			{Fields: fleet.SaidFields()},
			{Fields: fleet.SaidFields(), Open: true, Columns: []string{"host", hostileText.Draw(t, "column") + "x", "=1", "stdout"}},
		} {
			var b bytes.Buffer
			if err := CSV(&b, d, opts); err != nil {
				t.Fatal(err)
			}
			mustBeInert(t, b.String())
			mustCommandNobody(t, b.String())
			records, err := csv.NewReader(&b).ReadAll()
			if err != nil || len(records) != len(d.Hosts)+1 {
				t.Fatalf("%d records for %d hosts, %v", len(records), len(d.Hosts), err)
			}
			for _, cell := range slices.Concat(records...) {
				if first, _ := utf8.DecodeRuneInString(cell); strings.ContainsRune("=+@＝＋－＠\t\r", first) {
					t.Fatalf("a formula: %q", cell)
				}
			}
		}
	})
}

// A text that cannot be read is an error of whatever was to show it, never an empty text.
func TestTextErrorsSurface(t *testing.T) {
	table := func(o Options) func(io.Writer, *Document) error {
		return func(w io.Writer, d *Document) error { return Table(w, d, o) }
	}
	inHost := document(said("n1", 0, "x", ""), said("n2", 0, "x", broken))
	inGroup := document()
	inGroup.Groups = []Group{{Status: fleet.StatusOK, Stdout: text("x"), Stderr: broken}}
	for name, tt := range map[string]struct {
		d      *Document
		encode func(io.Writer, *Document) error
	}{
		"table":             {inHost, table(Options{Told: true})},
		"csv":               {inHost, func(w io.Writer, d *Document) error { return CSV(w, d, Options{Fields: fleet.SaidFields()}) }},
		"json":              {inHost, JSON},
		"ndjson":            {inHost, encoders["ndjson"]},
		"groups":            {inGroup, table(Options{})},
		"groups, tagged":    {inGroup, table(Options{Tag: true})},
		"groups of records": {inGroup, table(Options{OnlySaid: true})},
		"groups in json":    {inGroup, JSON},
	} {
		if err := tt.encode(io.Discard, tt.d); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

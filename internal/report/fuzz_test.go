package report

import (
	"bytes"
	"strings"
	"testing"

	"muster/internal/fleet"
)

// FuzzRender shows hosts of which one says the same thing in every field as table (of any width), csv, json, ndjson and
// svg: see what must hold of each at mustBeTable and its like. How many lines there are is up to the hosts, not to what
// they say.
func FuzzRender(f *testing.F) {
	for i, attack := range attacks {
		f.Add(attack, uint16(i))
	}
	for _, width := range []uint16{0, 1, 10_000} {
		f.Add("\x1b]0;owned\a\n::error::x", width)
	}
	f.Add("words ::error::x", uint16(27)) // as the first of a broken line
	f.Add("::%0", uint16(0))              // an address with a zone
	f.Fuzz(func(t *testing.T, said string, width uint16) {
		said = said[:min(len(said), 4<<10)] // an outcome is one frame
		d := saying(said)
		mustBeTable(t, d, int(width))
		mustBeCSV(t, d)
		mustBeJSON(t, d)
		var page bytes.Buffer
		if err := SVG(&page, said, said, Bars{said, said, []Bar{{Name: said, Value: 1}, {Name: "n2", Value: 2}}}); err != nil {
			t.Fatal(err)
		}
		mustBeSVG(t, page.Bytes())

		shown := rendered(t, d, Options{})
		if n, want := strings.Count(shown, "\n"), strings.Count(rendered(t, saying("x"), Options{}), "\n"); n != want {
			t.Fatalf("%d lines, want %d:\n%s", n, want, shown)
		}
		for _, opts := range []Options{{}, {Told: true}, {Told: true, Streamed: true}, {Told: true, Width: int(width)}} {
			mustCommandNobody(t, rendered(t, d, opts))
		}
		for line := range strings.Lines(rendered(t, d, Options{Told: true})) {
			if line[0] != ' ' && line != "\n" && !begins.MatchString(line) {
				t.Fatalf("begins with what somebody said: %q", line)
			}
		}
	})
}

// saying is a run of three hosts, one well, one whose command failed, and one that could not be asked, of which each says
// the same.
func saying(what string) *Document {
	var hosts []*fleet.Outcome
	for i, status := range []fleet.Status{fleet.StatusOK, fleet.StatusExit, fleet.StatusProtocol} {
		o := hostile(reading(i), func() string { return what })
		o.Host, o.Status, o.Error = "n"+string(rune('1'+i)), status, "x"+what
		if status != fleet.StatusProtocol {
			o.ExitCode, o.Signal, o.Stdout, o.Stderr = new(i), what, text(what+"\n"), text(what+"\n")
		}
		hosts = append(hosts, o)
	}
	return document(hosts...)
}

func rendered(t *testing.T, d *Document, opts Options) string {
	var b bytes.Buffer
	if err := Table(&b, d, opts); err != nil {
		t.Fatal(err)
	}
	mustBeInert(t, b.String())
	return b.String()
}

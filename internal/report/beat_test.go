package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"muster/internal/fleet"
)

// watched is the document of a beat.
func watched(beat int, changes ...Change) *Document {
	return &Document{
		Run:     Run{Beat: beat, StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)},
		Hosts:   []*fleet.Outcome{{Host: "a", Status: fleet.StatusOK, Watched: fleet.Watched{Beat: beat}}},
		Changes: changes,
	}
}

// The first line of a beat's table says which it is and what changed, in one line whatever hosts are called.
func TestBeatLine(t *testing.T) {
	var many []Change
	for i := range 12 {
		many = append(many, Change{Host: fmt.Sprint("h", i), Was: "ok", Is: "timeout"})
	}
	for _, tt := range []struct {
		document *Document
		want     string
	}{
		{watched(1), "beat 1, 2026-01-02 03:04:05"},
		{watched(2), "beat 2, 2026-01-02 03:04:05, nothing changed"},
		{watched(3, many[0], Change{Host: "b", Was: "x", Is: "y", Booted: true}), "beat 3, 2026-01-02 03:04:05, changed: h0: ok → timeout, b: rebooted"},
		{watched(4, Change{Host: "e\x1b[31m\nvil", Was: "ok", Is: "closed"}), "beat 4, 2026-01-02 03:04:05, changed: " + Clean("e\x1b[31m\nvil") + ": ok → closed"},
	} {
		var b bytes.Buffer
		if err := Table(&b, tt.document, Options{}); err != nil {
			t.Fatal(err)
		}
		if line, _, _ := strings.Cut(b.String(), "\n"); line != tt.want {
			t.Errorf("%q, want %q", line, tt.want)
		}
	}
	var b bytes.Buffer
	if err := Table(&b, watched(2, many...), Options{}); err != nil || !strings.Contains(b.String(), "h9: ok → timeout, 2 more\n") {
		t.Errorf("%v: %s", err, b.String())
	}
	b.Reset()
	Table(&b, watched(2, many...), Options{Width: 40})
	if line, _, _ := strings.Cut(b.String(), "\n"); utf8.RuneCountInString(line) > 40 {
		t.Errorf("%q", line)
	}
}

// Csv that follows csv has no header.
func TestHeadless(t *testing.T) {
	var b bytes.Buffer
	for beat := 1; beat <= 2; beat++ {
		if err := CSV(&b, watched(beat), Options{Fields: fleet.WatchedFields(), Columns: []string{"host", "beat"}, Headless: beat > 1}); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != "host,beat\na,1\na,2\n" {
		t.Errorf("%q", b.String())
	}
}

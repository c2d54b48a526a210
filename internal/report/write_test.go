package report

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"syscall"
	"testing"

	"muster/internal/fleet"
)

// full takes room bytes, and then fails as a pipe does whose reader has gone.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	n := min(f.room, len(p))
	f.room -= n
	if n < len(p) {
		return n, syscall.EPIPE
	}
	return n, nil
}

var encoders = map[string]func(io.Writer, *Document) error{
	"table":      func(w io.Writer, d *Document) error { return Table(w, d, Options{}) },
	"csv":        func(w io.Writer, d *Document) error { return CSV(w, d, Options{}) },
	"json":       JSON,
	"wide":       func(w io.Writer, d *Document) error { return Wide(w, d, Options{}) },
	"markdown":   func(w io.Writer, d *Document) error { return Markdown(w, judged(d), Options{}) },
	"junit":      func(w io.Writer, d *Document) error { return JUnit(w, judged(d)) },
	"prometheus": Prometheus,
	"template": func(w io.Writer, d *Document) error {
		return Template(w, d, Options{Template: "{{.host}} {{.kernel}}"})
	},
	"line":        func(w io.Writer, d *Document) error { return Line(w, d, 0) },
	"annotations": func(w io.Writer, d *Document) error { return Annotations(w, judged(d)) },
	"workers":     func(w io.Writer, d *Document) error { return WorkersGrid(d.Workers).Write(w, 0) },
	"plot":        func(w io.Writer, _ *Document) error { return speedups().Text(w, 0) },
	"svg":         func(w io.Writer, _ *Document) error { return SVG(w, "title", "note", speedups()) },
	"ndjson": func(w io.Writer, d *Document) error {
		n := NewNDJSON(w)
		for _, h := range d.Hosts {
			if err := n.Add(h); err != nil {
				return err
			}
		}
		return n.Flush()
	},
}

func TestWriteErrorsSurface(t *testing.T) {
	for name, encode := range encoders {
		var whole bytes.Buffer
		if err := encode(&whole, sample()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, room := range []int{0, 1, whole.Len() / 2, whole.Len() - 1} {
			if err := encode(&full{room}, sample()); !errors.Is(err, syscall.EPIPE) {
				t.Errorf("%s with room for %d of %d bytes: %v", name, room, whole.Len(), err)
			}
		}
		if err := encode(&full{whole.Len()}, sample()); err != nil {
			t.Errorf("%s with room for all: %v", name, err)
		}
	}
}

func TestNumbersThatJSONLacksAreErrors(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		d := document(&fleet.Outcome{Host: "n1", Reading: fleet.Reading{Load1: &f}})
		for _, name := range []string{"json", "ndjson"} {
			if err := encoders[name](io.Discard, d); err == nil {
				t.Errorf("%s of %v: no error", name, f)
			}
		}
		if err := encoders["table"](io.Discard, d); err != nil {
			t.Errorf("table of %v: %v", f, err)
		}
	}
}

// Records that are added together are written together, but never held without bound.
func TestNDJSONWritesWhatWaits(t *testing.T) {
	var w countingWriter
	n := NewNDJSON(&w)
	add := func(records int) {
		t.Helper()
		for i := range records {
			if err := n.Add(hostile(reading(i), func() string { return strings.Repeat("\x1b\n\u202e", 100) })); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Flush(); err != nil {
			t.Error(err)
		}
	}
	add(1)
	add(0)
	if add(2); w.writes != 2 {
		t.Errorf("%d writes of three records", w.writes)
	}
	if add(200); w.most < enough || w.most > 2*enough {
		t.Errorf("a write of %d bytes", w.most)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

type countingWriter struct{ writes, most int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	w.most = max(w.most, len(p))
	return len(p), nil
}

func TestNoColourUnlessAsked(t *testing.T) {
	for _, opts := range []Options{{}, {Width: 80}, {SummaryOnly: true}} {
		var b bytes.Buffer
		if err := Table(&b, sample(), opts); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("%+v writes ESC", opts)
		}
	}
}

func BenchmarkEncode10000Hosts(b *testing.B) {
	hosts := make([]*fleet.Outcome, 10_000)
	for i := range hosts {
		hosts[i] = reading(i)
	}
	d := document(hosts...)
	for name, encode := range encoders {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := encode(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

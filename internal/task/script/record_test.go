package script

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
	"muster/internal/report"
	"muster/internal/wire"
)

func TestParse(t *testing.T) {
	ok := func(r fleet.Reading, extra map[string]float64) fleet.Outcome {
		return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1, Reading: r, Extra: extra}
	}
	garbled := func(why string) fleet.Outcome {
		return fleet.Outcome{Status: fleet.StatusParse, Phase: fleet.PhaseOutput, Error: why, Attempts: 1}
	}
	long := strings.Repeat("x", maxText-1)
	tests := []struct {
		line, host string
		want       fleet.Outcome
	}{
		// of no host
		{``, "", fleet.Outcome{}},
		{"plain text\n", "", fleet.Outcome{}},
		{`["host"]`, "", fleet.Outcome{}},
		{`"host"`, "", fleet.Outcome{}},
		{`{}`, "", fleet.Outcome{}},
		{`{"load1":1}`, "", fleet.Outcome{}},
		{`{"Host":"a"}`, "", fleet.Outcome{}},
		{`{"host":""}`, "", fleet.Outcome{}},
		{`{"host":7}`, "", fleet.Outcome{}},
		{`{"host":null}`, "", fleet.Outcome{}},

		{` { "host" : "a" }` + "\r\n", "a", ok(fleet.Reading{}, nil)},
		{`{"host":"a b\n\u0000"}`, "a b\n\x00", ok(fleet.Reading{}, nil)},
		{`{"host":"a","load1":0.5,"cpus":8,"os":"Linux","mem_estimated":true}`, "a", ok(fleet.Reading{
			Load1: new(0.5), CPUs: new(8), OS: "Linux", MemEstimated: new(true), Load1PerCPU: new(0.0625),
		}, nil)},
		{`{"host":"a","clock_offset_ms":-3.5,"load5":1e2,"cpus":0,"load1":-0}`, "a", ok(fleet.Reading{
			ClockOffsetMS: new(-3.5), Load5: new(100.0), CPUs: new(0), Load1: new(0.0),
		}, nil)},
		{`{"host":"a","mem_total_bytes":9223372036854775807}`, "a", ok(fleet.Reading{MemTotalBytes: new(int64(math.MaxInt64))}, nil)},

		// what follows from the rest, where the record leaves it out
		{`{"host":"a","load1":3,"cpus":4,"mem_total_bytes":400,"mem_available_bytes":300,"swap_total_bytes":10,"swap_used_bytes":5}`, "a", ok(fleet.Reading{
			Load1: new(3.0), CPUs: new(4), Load1PerCPU: new(0.75), MemTotalBytes: new(int64(400)), MemAvailableBytes: new(int64(300)),
			MemUsedBytes: new(int64(100)), MemUsedPercent: new(25.0),
			SwapTotalBytes: new(int64(10)), SwapUsedBytes: new(int64(5)), SwapUsedPercent: new(50.0),
		}, nil)},
		{`{"host":"a","load1":3,"cpus":4,"load1_per_cpu":9,"mem_total_bytes":400,"mem_available_bytes":500,"mem_used_percent":7}`, "a", ok(fleet.Reading{
			Load1: new(3.0), CPUs: new(4), Load1PerCPU: new(9.0), MemTotalBytes: new(int64(400)), MemAvailableBytes: new(int64(500)),
			MemUsedBytes: new(int64(0)), MemUsedPercent: new(7.0),
		}, nil)},
		{`{"host":"a","mem_used_bytes":1,"mem_total_bytes":0,"swap_total_bytes":0,"swap_used_bytes":0}`, "a", ok(fleet.Reading{
			MemUsedBytes: new(int64(1)), MemTotalBytes: new(int64(0)), SwapTotalBytes: new(int64(0)), SwapUsedBytes: new(int64(0)),
		}, nil)},

		{`{"host":"a","cpus":8.0,"mem_total_bytes":1e3}`, "a", ok(fleet.Reading{CPUs: new(8), MemTotalBytes: new(int64(1000))}, nil)},

		// any other numbers; what is no number, and what muster says itself, is passed over
		{`{"host":"a","temp":-1.5,"":2,"Load1":3,"note":"x","list":[1],"null":null,"on":true}`, "a", ok(fleet.Reading{},
			map[string]float64{"temp": -1.5, "": 2, "Load1": 3})},
		{`{"host":"a","attempts":7,"chunk":1,"worker_pid":2,"started_at":"x","duration_ms":-1,"connect_ms":"x"}`, "a", ok(fleet.Reading{}, nil)},

		// how it ended
		{`{"host":"a","status":"unreachable","phase":"connect","hop":"h","error":"no route","address":"10.0.0.1"}`, "a", fleet.Outcome{
			Status: fleet.StatusUnreachable, Phase: fleet.PhaseConnect, Hop: "h", Error: "no route", Address: "10.0.0.1", Attempts: 1,
		}},
		{`{"host":"a","error":"` + long + `ä"}`, "a", fleet.Outcome{Status: fleet.StatusOK, Error: long + "?", Attempts: 1}},
		{`{"host":"a","status":"fine"}`, "a", garbled(`status: "fine" is none that a host can have`)},
		{`{"host":"a","status":""}`, "a", garbled(`status: "" is none that a host can have`)},
		{`{"host":"a","status":"lost"}`, "a", garbled(`status: "lost" is none that a host can have`)},
		{`{"host":"a","status":"skipped"}`, "a", garbled(`status: "skipped" is none that a host can have`)},
		{`{"host":"a","status":"canceled"}`, "a", garbled(`status: "canceled" is none that a host can have`)},
		{`{"host":"a","status":"exit","phase":"lunch"}`, "a", garbled(`phase: "lunch" is none`)},

		// values that cannot be the field's
		{`{"host":"a","status":null}`, "a", garbled("status: no text")},
		{`{"host":"a","error":7}`, "a", garbled("error: no text")},
		{`{"host":"a","os":7}`, "a", garbled("os: no text")},
		{`{"host":"a","load1":null}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":"0.5"}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":"NaN"}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":true}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":[1]}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":1e999}`, "a", garbled("load1: no number")},
		{`{"host":"a","load1":-0.1}`, "a", garbled("load1: negative")},
		{`{"host":"a","cpus":1.5}`, "a", garbled("cpus: no whole number from 0 to 2^63-1")},
		{`{"host":"a","cpus":-1}`, "a", garbled("cpus: no whole number from 0 to 2^63-1")},
		{`{"host":"a","mem_total_bytes":9223372036854775808}`, "a", garbled("mem_total_bytes: no whole number from 0 to 2^63-1")},
		{`{"host":"a","mem_estimated":"yes"}`, "a", garbled("mem_estimated: no number")},
		{`{"host":"a","temp":1e999}`, "a", garbled("temp: too large a number")},
		{`{"host":"a","` + strings.Repeat("x", wire.MaxUp) + `":1}`, "a", garbled("too much for one record")},
	}
	for _, tt := range tests {
		host, got, err := parse([]byte(tt.line))
		if diff := cmp.Diff(tt.want, got); err != nil || host != tt.host || diff != "" {
			t.Errorf("%.80s: %q, %v\n%s", tt.line, host, err, diff)
		}
	}
}

// What begins as an object and cannot be read as one is an error, of no host.
func TestParseErrors(t *testing.T) {
	for _, line := range []string{
		`{`, `{"host":"a"`, `{"host":"a"} x`, `{"host":"a"}{"host":"a"}`, `{"host":"a"}}`, `{"host":"a"}]`, `{"host":"a"} } x`,
		`{"host":"a","load1":NaN}`, `{"host":"a","load1":01}`, `{'host':'a'}`, `{"host":"a",}`, strings.Repeat(`{"a":`, 20_000),
	} {
		if host, o, err := parse([]byte(line)); err == nil || host != "" || o.Status != "" {
			t.Errorf("%.80s: %q, %+v, %v", line, host, o, err)
		}
	}
}

// Of several values that cannot be the field's, it is always the same that is named.
func TestParseNamesTheSame(t *testing.T) {
	for range 50 {
		_, o, _ := parse([]byte(`{"host":"a","swap_used_bytes":-1,"os":1,"cpus":"x","temp":1e999,"status":7,"load1":"x"}`))
		if o.Error != "cpus: no number" {
			t.Fatal(o.Error)
		}
	}
}

// A record that muster writes of a host is one that it can read.
func TestParseOwnRecords(t *testing.T) {
	want := fleet.Outcome{
		Host: "web1", Address: "10.0.0.1:22", Status: fleet.StatusTimeout, Phase: fleet.PhaseExec, Hop: "jump", Error: "no end \x1b[31m ::x",
		Attempts: 3, Chunk: 2, WorkerPID: 4242, StartedAt: new(time.Now()), DurationMS: new(34.5), ConnectMS: new(2.5),
		Extra: map[string]float64{"temp": 41.5, "": -1, "größe\n": 1e300},
	}
	fill(reflect.ValueOf(&want.Reading).Elem())
	var line bytes.Buffer
	n := report.NewNDJSON(&line)
	if err := errors.Join(n.Add(&want), n.Flush()); err != nil {
		t.Fatal(err)
	}
	host, got, err := parse(line.Bytes())
	want.Host, want.Attempts, want.Chunk, want.WorkerPID, want.StartedAt, want.DurationMS, want.ConnectMS = "", 1, 0, 0, nil, nil, nil
	if diff := cmp.Diff(want, got); host != "web1" || err != nil || diff != "" {
		t.Errorf("%s%q, %v\n%s", &line, host, err, diff)
	}
}

// fill gives every field of a Reading a value of its own.
func fill(reading reflect.Value) {
	for i := range reading.NumField() {
		switch p := reading.Field(i).Addr().Interface().(type) {
		case *string:
			*p = "text " + string(rune('a'+i))
		case **float64:
			*p = new(float64(i) + 0.1)
		case **int:
			*p = new(i)
		case **int64:
			*p = new(int64(i) << 40)
		case **bool:
			*p = new(true)
		}
	}
}

// FuzzRecord: whatever a line says, what becomes of it is the outcome of a host as there may be, fits a frame, and arrives
// as it is.
func FuzzRecord(f *testing.F) {
	for _, line := range []string{
		"", "text", "{", `{"host":"a"}`, `{"host":"a","load1":0.5,"cpus":8,"mem_total_bytes":9,"mem_available_bytes":3,"temp":1e308}`,
		`{"host":"\ud800\u0000","status":"exit","phase":"exec","error":"::error::","hop":"\u2028"}`, `{"host":"a","load1":1e999}`,
		`{"host":"a","status":"lost"}`, `{"host":"a"}{"host":"b"}`, `{"host":"a","a":1,"a":2,"":-0,"b":{"c":[null]}}`,
		`{"host":"a","load1":1e308,"cpus":1,"swap_used_bytes":9223372036854775807,"swap_total_bytes":1}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		host, o, err := parse(line)
		if host == "" || err != nil {
			if host != "" || !reflect.DeepEqual(o, fleet.Outcome{}) {
				t.Fatalf("%q, %+v, %v", host, o, err)
			}
			return
		}
		if !utf8.ValidString(host) || o.Attempts != 1 || o.Status == fleet.StatusLost || o.Status.Unfinished() ||
			!slices.Contains(fleet.Statuses, o.Status) || !slices.Contains(fleet.Phases, o.Phase) {
			t.Fatalf("%q: %+v", host, o)
		}
		for _, field := range append(fleet.ReadingFields(), extraFields(o)...) {
			if v, ok := field.Value(&o).(float64); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Fatalf("%s is %v", field.Name, v)
			}
		}
		frame, err := wire.EncodeUp(wire.Up{Outcome: &wire.Outcome{Num: math.MaxInt, Extra: o.Extra, Outcome: o}})
		if err != nil {
			t.Fatal(err)
		}
		up, err := wire.NewUpReader(bytes.NewReader(frame), false).Next()
		if err != nil {
			t.Fatal(err)
		}
		got := up.Outcome.Outcome
		got.Extra = up.Outcome.Extra
		if got.Error != o.Error && strings.HasPrefix(o.Error, got.Error) { // shortened to fit
			got.Error = o.Error
		}
		if diff := cmp.Diff(o, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func extraFields(o fleet.Outcome) (fields []fleet.Field) {
	for name := range o.Extra {
		fields = append(fields, fleet.ExtraField(name))
	}
	return fields
}

package procfs

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"muster/internal/fleet"
)

func FuzzLoadavg(f *testing.F) {
	for _, name := range []string{"loadavg-linux-2.6.32", "broken-loadavg-comma", "broken-loadavg-nan"} {
		f.Add(capture(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLoadavg(text)
		if err != nil {
			return
		}
		for _, v := range []float64{l.one, l.five, l.fifteen} {
			if !(v >= 0) || math.IsInf(v, 0) {
				t.Errorf("a load of %v", v)
			}
		}
		if l.running != nil && (*l.running < 0 || *l.total < 0) {
			t.Errorf("%d of %d running", *l.running, *l.total)
		}
	})
}

func FuzzMeminfo(f *testing.F) {
	for _, name := range []string{"meminfo-001", "meminfo-linux-2.4", "meminfo-container", "broken-meminfo-overflow"} {
		f.Add(capture(f, name), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		m, err := parseMeminfo(text)
		lines := bytes.Split(text, []byte("\n"))
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		again, errAgain := parseMeminfo(bytes.Join(lines, []byte("\n")))
		if (err == nil) != (errAgain == nil) || err == nil && !reflect.DeepEqual(m, again) {
			t.Errorf("%+v, %v, but %+v, %v with the lines shuffled", m, err, again, errAgain)
		}
		if err == nil && (m.available < 0 || m.available > m.total || m.swapFree != nil && *m.swapFree > *m.swapTotal) {
			t.Errorf("available %d of %d", m.available, m.total)
		}
	})
}

func FuzzParse(f *testing.F) {
	const sentinel = "00112233445566778899aabbccddeeff"
	now := time.Unix(1700000000, 0)
	sane := fleet.Reading{
		OS: "Linux", Kernel: "6.1.0", BootID: "00000000-0000-4000-8000-000000000000", ClockOffsetMS: new(1.5),
		UptimeSeconds: new(12.5), CPUs: new(4), Load1: new(0.5), Load5: new(0.25), Load15: new(0.75),
		MemTotalBytes: new(int64(4096)), MemAvailableBytes: new(int64(1024)), PSICPUSomeAvg10: new(2.5),
		SwapTotalBytes: new(int64(2048)), SwapUsedBytes: new(int64(1024)), ProcsRunning: new(1), ProcsTotal: new(9),
	}
	f.Add(Format(sane, sentinel, now))
	f.Add([]byte(sentinel + " begin\n" + sentinel + " processors\n4\n" + sentinel + " end\n"))
	f.Fuzz(func(t *testing.T, stdout []byte) {
		r, err := Parse(sentinel, stdout, now)
		if err != nil {
			return
		}
		o := fleet.Outcome{Reading: r}
		for _, field := range fleet.ReadingFields() {
			v, ok := field.Value(&o).(float64)
			if ok && (math.IsNaN(v) || math.IsInf(v, 0) || v < 0 && field.Name != "clock_offset_ms") {
				t.Errorf("%s is %v", field.Name, v)
			}
		}
		if *r.MemUsedBytes < 0 || *r.MemUsedBytes > *r.MemTotalBytes || *r.MemUsedPercent > 100 {
			t.Errorf("%d used of %d", *r.MemUsedBytes, *r.MemTotalBytes)
		}
		if r.SwapTotalBytes != nil && (*r.SwapUsedBytes < 0 || *r.SwapUsedBytes > *r.SwapTotalBytes) {
			t.Errorf("%d swapped of %d", *r.SwapUsedBytes, *r.SwapTotalBytes)
		}
		if r.CPUs != nil && *r.CPUs < 1 {
			t.Errorf("%d cpus", *r.CPUs)
		}
	})
}

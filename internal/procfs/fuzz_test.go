package procfs

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"muster/internal/fleet"
)

// FuzzLoadavg: loads are finite, and no count is negative.
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

// FuzzMeminfo: neither the order of lines nor ones that nobody needs change anything, and no more is available than there is.
func FuzzMeminfo(f *testing.F) {
	for _, name := range []string{
		"meminfo-001", "meminfo-002", "meminfo-003", "meminfo-004", "meminfo-linux-2.4", "meminfo-linux-2.6.32", "meminfo-container", "broken-meminfo-overflow",
		"broken-meminfo-negative", "broken-meminfo-nul", "broken-meminfo-swap", "broken-meminfo-torn", "broken-meminfo-twice", "broken-meminfo-no-total",
	} {
		f.Add(capture(f, name), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		m, err := parseMeminfo(text)
		lines := append(bytes.Split(text, []byte("\n")), []byte("Unheard: -1 MB"), []byte("MemTotal 7 kB"), nil)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		again, errAgain := parseMeminfo(bytes.Join(lines, []byte("\n")))
		if (err == nil) != (errAgain == nil) || err == nil && !reflect.DeepEqual(m, again) {
			t.Errorf("%+v, %v, but %+v, %v with the lines shuffled and others among them", m, err, again, errAgain)
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

// FuzzFacts reads anything as each of the short facts: what is accepted is in its bounds, and can be shown.
func FuzzFacts(f *testing.F) {
	for _, text := range []string{
		"some avg10=2.04 avg60=0.75 avg300=0.42 total=157656722\nfull avg10=0.00", "some avg10=100.01", "some avg10=-0", "some avg10=nan", "0-3,8", "0-65535,65536",
		"18446744073709551616", "4", "86400.25 172800.50", "1e999", "Linux 6.1.0-13-amd64", "Linux \x1b[31m", "1700000000.123456789", "1700000000.N", "\x00", "\ufeff1",
		"cpu  1 2 3 4 5 6 7 8 9 10", "cpu  1 2 3", "cpu 288230376151711744 288230376151711745 0 0",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		within := func(what string, v, most float64, err error) {
			if err == nil && !(v >= 0 && v <= most) {
				t.Errorf("%s is %v", what, v)
			}
			if err != nil && (len(err.Error()) > 500 || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) })) {
				t.Errorf("%s: not to be shown: %q", what, err)
			}
		}
		share, err := parsePressure(text)
		within("pressure", share, 100, err)
		cpus, err := parseOnline(text)
		within("cpus online", float64(cpus), maxCPUs+1, err)
		cpus, err = parseProcessors(text)
		within("cpus", float64(cpus), maxCPUs, err)
		uptime, err := parseUptime(text)
		within("uptime", uptime, math.MaxFloat64, err)
		c, err := parseClock(text)
		within("seconds", float64(c.seconds), maxSeconds, err)
		within("nanoseconds", float64(c.nanoseconds), float64(time.Second)-1, err)
		id, err := parseUname(text)
		if name := id.os + id.kernel; err == nil && (len(name) > 2*maxText || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })) {
			t.Errorf("a name of %q", name)
		}
		cpu, err := parseStat(text)
		within("busy ticks", float64(cpu.Busy), float64(cpu.Total), err)
		within("uname", 0, 0, err)
	})
}

package procfs_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/procfs"
)

// readings draws what hosts can say.
var readings = rapid.Custom(func(t *rapid.T) fleet.Reading {
	hundredths := func(name string, most int) *float64 {
		return new(float64(rapid.IntRange(0, most).Draw(t, name)) / 100)
	}
	kB := func(name string, least, most int64) int64 { return rapid.Int64Range(least, most).Draw(t, name) }
	maybe := func(name string) bool { return rapid.Bool().Draw(t, name) }

	r := fleet.Reading{Load1: hundredths("load1", 1e6), Load5: hundredths("load5", 1e6), Load15: hundredths("load15", 1e6)}
	if maybe("uname") {
		r.OS = rapid.StringMatching(`[!-~]{1,256}`).Draw(t, "os")
		r.Kernel = rapid.StringMatching(`([!-~]([ -~]{0,254}[!-~])?)?`).Draw(t, "kernel")
	}
	if maybe("boot") {
		r.BootID = rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).Draw(t, "boot_id")
		r.UptimeSeconds = hundredths("uptime", 1e12)
	}
	if maybe("cpus") {
		r.CPUs = new(rapid.IntRange(1, 8192).Draw(t, "cpus"))
		r.Load1PerCPU = new(*r.Load1 / float64(*r.CPUs))
	}
	if maybe("procs") {
		r.ProcsRunning = new(rapid.IntRange(0, 1<<22).Draw(t, "running"))
		r.ProcsTotal = new(rapid.IntRange(0, 1<<22).Draw(t, "total"))
	}
	if maybe("clock") {
		r.ClockOffsetMS = new(float64(rapid.Int64Range(-1e15, 1e15).Draw(t, "offset")) / 1e6)
	}
	total := kB("mem total", 1, 1<<50)
	used := kB("mem used", 0, total)
	r.MemTotalBytes, r.MemUsedBytes, r.MemAvailableBytes = new(total*1024), new(used*1024), new((total-used)*1024)
	r.MemUsedPercent = new(100 * float64(used*1024) / float64(total*1024))
	r.MemEstimated = new(maybe("estimated"))
	if maybe("swap") {
		total := kB("swap total", 0, 1<<50)
		used := kB("swap used", 0, total)
		r.SwapTotalBytes, r.SwapUsedBytes = new(total*1024), new(used*1024)
		if total > 0 {
			r.SwapUsedPercent = new(100 * float64(used*1024) / float64(total*1024))
		}
	}
	if maybe("cpu") {
		total := rapid.Int64Range(0, 1<<58).Draw(t, "ticks")
		r.CPU = &fleet.CPUTimes{Busy: rapid.Int64Range(0, total).Draw(t, "busy ticks"), Total: total}
	}
	if maybe("psi") {
		r.PSICPUSomeAvg10 = hundredths("psi cpu", 1e4)
		r.PSIMemorySomeAvg10 = hundredths("psi memory", 1e4)
		r.PSIIOSomeAvg10 = hundredths("psi io", 1e4)
	}
	return r
})

func TestParseInvertsFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := readings.Draw(t, "reading")
		sentinel := procfs.NewSentinel()
		now := time.Unix(rapid.Int64Range(1e9, 3e9).Draw(t, "now"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns"))
		before := rapid.SampledFrom([]string{"", "Welcome!\n", "no newline"}).Draw(t, "rc file")
		out := append([]byte(before), procfs.Format(want, sentinel, now)...)
		out = append(out, "logout\n"...)
		got, err := procfs.Parse(sentinel, out, now)
		if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got: %s", diff)
		}
	})
}

const (
	mark  = "00112233445566778899aabbccddeeff"
	whole = mark + " begin\n" + mark + " uname\nLinux 6.1.0\n" + mark + " uptime\n9.50 9.50\n" +
		mark + " loadavg\n0.50 0.40 0.30 1/99 77\n" + mark + " online\n0-3\n" + mark + " clock\n1700000001.%N\n" +
		mark + " psi_io\nsome avg10=1.00 avg60=0.00 avg300=0.00 total=0\n" +
		mark + " meminfo\nMemTotal: 1000 kB\nMemAvailable: 250 kB\n" + mark + " end\n"
)

func TestParseDerives(t *testing.T) {
	sent := time.Unix(1700000000, 0)
	got, err := procfs.Parse(mark, []byte(whole), sent.Add(time.Second/2))
	if err != nil {
		t.Fatal(err)
	}
	want := fleet.Reading{
		ClockOffsetMS: new(1000.0), OS: "Linux", Kernel: "6.1.0", UptimeSeconds: new(9.5), CPUs: new(4),
		Load1: new(0.5), Load5: new(0.4), Load15: new(0.3), Load1PerCPU: new(0.125), ProcsRunning: new(1), ProcsTotal: new(99),
		MemTotalBytes: new(int64(1024000)), MemAvailableBytes: new(int64(256000)), MemUsedBytes: new(int64(768000)),
		MemUsedPercent: new(75.0), MemEstimated: new(false), PSIIOSomeAvg10: new(1.0),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got: %s", diff)
	}
}

// TestF33ParseRefuses changes one thing of what a sane host prints.
func TestF33ParseRefuses(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ old, new, want string }{
		{whole, "", `sections: no beginning: ""`},
		{whole, "This account is not available\n" + long, "sections: no beginning: \"This account"},
		{mark + " end\n", "", "sections: no end: "},
		{mark + " end\n", mark + " en", "sections: no end: "},
		{mark + " clock", mark + " online", `sections: twice the same: "online"`},
		{mark + " loadavg\n0.50 0.40 0.30 1/99 77\n", "", "no /proc/loadavg (is it Linux?)"},
		{"0.50 0.40 0.30 1/99 77", "", "no /proc/loadavg (is it Linux?)"},
		{"MemTotal: 1000 kB\nMemAvailable: 250 kB\n", "", "no /proc/meminfo"},
		{"MemTotal: 1000 kB", "MemTotal: 18446744073709551615 kB", "meminfo: MemTotal: over "},
		{"MemTotal: 1000 kB", "MemTotal: 0 kB", "meminfo: MemTotal: missing or zero"},
		{"0.50 ", "NaN ", `loadavg: load1: not a number: "NaN"`},
		{"9.50 9.50", "-9.50 9.50", `uptime: uptime_seconds: not a number: "-9.50"`},
		{"0-3", "\x000-3", `online: cpus: not a whole number: "\x000"`},
		{"1700000001", "later", `clock: seconds: not a whole number: "later"`},
		{"avg10=1.00", "avg10=" + long, "psi_io: avg10: not a number: "},
		{"Linux", "Lin\x1bux", `uname: os: unprintable: "Lin\x1bux"`},
	} {
		_, err := procfs.Parse(mark, []byte(strings.Replace(whole, c.old, c.new, 1)), time.Now())
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || len(err.Error()) > 128 {
			t.Errorf("%.70q: %v, want %s", c.new, err, c.want)
		}
	}
}

// TestF33ParseForgives holds what looks odd and is no reason to give up on a host.
func TestF33ParseForgives(t *testing.T) {
	for _, text := range []string{
		strings.ReplaceAll(whole, "\n", "\r\n"),
		"motd without a newline" + whole + "logout",
		strings.Replace(whole, "Linux 6.1.0\n", "", 1),
	} {
		if _, err := procfs.Parse(mark, []byte(text), time.Now()); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// checkSane holds for every reading whatever a host says.
func checkSane(t *testing.T, r fleet.Reading) {
	t.Helper()
	o := fleet.Outcome{Reading: r}
	for _, f := range fleet.ReadingFields() {
		v := 0.0
		switch value := f.Value(&o).(type) {
		case float64:
			v = value
		case int64:
			v = float64(value)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 && f.Name != "clock_offset_ms" {
			t.Errorf("%s is %v", f.Name, v)
		}
	}
	if r.Load1 == nil || r.MemTotalBytes == nil || r.MemUsedBytes == nil || r.MemAvailableBytes == nil {
		t.Fatal("a required field is absent")
	}
	if *r.MemUsedBytes > *r.MemTotalBytes || *r.MemUsedBytes+*r.MemAvailableBytes != *r.MemTotalBytes {
		t.Errorf("memory: %d used, %d available of %d", *r.MemUsedBytes, *r.MemAvailableBytes, *r.MemTotalBytes)
	}
	if r.SwapTotalBytes != nil && *r.SwapUsedBytes > *r.SwapTotalBytes {
		t.Errorf("swap: %d used of %d", *r.SwapUsedBytes, *r.SwapTotalBytes)
	}
}

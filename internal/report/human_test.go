package report

import (
	"math"
	"testing"
	"time"

	"muster/internal/fleet"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB",
		67431178240: "62.8 GiB", 5 << 40: "5.0 TiB", math.MaxInt64: "8.0 EiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0ms"},
		{34100 * time.Microsecond, "34ms"},
		{999999 * time.Microsecond, "999ms"},
		{8240 * time.Millisecond, "8.2s"},
		{59999 * time.Millisecond, "59.9s"},
		{time.Minute, "1m0s"},
		{12*time.Minute + 5*time.Second, "12m5s"},
		{4*time.Hour + 12*time.Minute, "4h12m"},
		{76*time.Hour + 59*time.Minute, "3d4h"},
		{-3200 * time.Microsecond, "-3ms"},
		{math.MaxInt64, "106751d23h"},
		{math.MinInt64, "-106751d23h"},
	} {
		if got := Duration(test.d); got != test.want {
			t.Errorf("Duration(%d) = %q, want %q", test.d, got, test.want)
		}
	}
}

func TestReadable(t *testing.T) {
	for _, test := range []struct {
		field   string
		value   any
		heading string
		want    string
	}{
		{"host", "n1", "host", "n1"},
		{"load1", 0.526, "load1", "0.53"},
		{"load1_per_cpu", 0.0651, "load1/cpu", "0.07"},
		{"cpus", int64(8), "cpus", "8"},
		{"mem_used_percent", 41.25, "mem_used%", "41.2%"},
		{"mem_total_bytes", int64(1 << 33), "mem_total", "8.0 GiB"},
		{"mem_estimated", true, "mem_estimated", "true"},
		{"uptime_seconds", 86400.0, "uptime", "1d0h"},
		{"uptime_seconds", 1e300, "uptime", "106751d23h"},
		{"duration_ms", 34.1, "duration", "34ms"},
		{"clock_offset_ms", -1e300, "clock_offset", "-106751d23h"},
		{"started_at", time.Date(2026, 1, 2, 4, 4, 5, 6e8, time.FixedZone("", 3600)), "started_at", "2026-01-02T03:04:05Z"},
		{"load1", nil, "load1", "-"},
	} {
		f, ok := fleet.FindField(fleet.ReadingFields(), test.field)
		if !ok {
			t.Fatalf("no field %s", test.field)
		}
		if got := readable(f, test.value); got != test.want {
			t.Errorf("%s of %v reads %q, want %q", test.field, test.value, got, test.want)
		}
		if got := heading(f); got != test.heading {
			t.Errorf("heading of %s is %q, want %q", test.field, got, test.heading)
		}
	}
}

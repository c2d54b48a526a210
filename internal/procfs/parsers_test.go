package procfs

import (
	"strings"
	"testing"
	"time"
)

func TestParseOnline(t *testing.T) {
	for text, want := range map[string]int{
		"0": 1, "0-3": 4, "0-3,8": 5, "0,2-3,65535": 4, "1-1": 1,
		"": 0, "-": 0, "3-0": 0, "0-3,2": 0, "0-65536": 0, "0-3,": 0, "0-3 ": 0, "-1": 0, "a": 0, "0-18446744073709551615": 0,
	} {
		if got, err := parseOnline([]byte(text)); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseProcessors(t *testing.T) {
	for text, want := range map[string]int{"4": 4, "65535": 65535, "0": 0, "-1": 0, "65536": 0, "": 0, "4\n4": 0} {
		if got, err := parseProcessors([]byte(text)); (err == nil) != (want > 0) || err == nil && got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseUptime(t *testing.T) {
	if got, err := parseUptime([]byte("86400.25 172800.50")); err != nil || got != 86400.25 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", ".", "1.2.3", "-1 5", "1e9", "0x10", "Inf", "NaN", "1_000", "+1", strings.Repeat("9", 400)} {
		if got, err := parseUptime([]byte(text)); err == nil {
			t.Errorf("%q: got %v and no error", text, got)
		}
	}
}

func TestParseUname(t *testing.T) {
	for text, want := range map[string]system{
		"Linux 6.1.0-13-amd64": {"Linux", "6.1.0-13-amd64"},
		"Linux":                {"Linux", ""},
		"Linux a b":            {"Linux", "a b"},
		"Linux größer":         {"Linux", "größer"},
	} {
		if got, err := parseUname([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"Li\x1b[31mnux 6.1":                 `os: unprintable: "Li\x1b[31mnux"`,
		"Linux 6.1\nroot: ok":               `kernel: unprintable: "6.1\nroot: ok"`,
		"Linux 6\u202e1":                    `kernel: unprintable: "6\u202e1"`,
		"Linux 6\xff":                       `kernel: unprintable: "6\xff"`,
		"Linux " + strings.Repeat("6", 257): `kernel: over 256 bytes: "` + strings.Repeat("6", 64) + `"`,
	} {
		if _, err := parseUname([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]clock{
		"1700000000.123456789": {1700000000, 123456789},
		"1700000000.000000000": {1700000000, 0},
		"1700000000":           {1700000000, 5e8}, // no %N, and nothing of it left
		"1700000000.":          {1700000000, 5e8}, // musl's BusyBox
		"1700000000.%N":        {1700000000, 5e8}, // glibc's BusyBox
		"1700000000.N":         {1700000000, 5e8}, // BSD
	} {
		if got, err := parseClock([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%s.%N", "-5.000000000", "8589934592", "1700000000.1", "1700000000.1234567890", "1.00000000x"} {
		if got, err := parseClock([]byte(text)); err == nil {
			t.Errorf("%q: got %v and no error", text, got)
		}
	}
}

func TestClockOffset(t *testing.T) {
	ours := time.Unix(1700000000, 5e8)
	for ahead, c := range map[float64]clock{
		0: {1700000000, 5e8}, 0.000001: {1700000000, 5e8 + 1}, -500: {1700000000, 0}, 86400e3: {1700086400, 5e8},
	} {
		if got := c.since(ours); got != ahead {
			t.Errorf("%v: %v ms ahead, want %v", c, got, ahead)
		}
	}
}

func TestParseLoadavg(t *testing.T) {
	l, err := parseLoadavg(capture(t, "loadavg-linux-2.6.32"))
	if err != nil || l.one != 0.08 || l.five != 0.03 || l.fifteen != 0.01 || *l.running != 2 || *l.total != 173 {
		t.Errorf("got %+v, %v", l, err)
	}
	if l, err := parseLoadavg([]byte("1 2 3\r\n")); err != nil || l.fifteen != 3 || l.running != nil || l.total != nil {
		t.Errorf("three loads alone: %+v, %v", l, err)
	}
	for text, field := range map[string]string{
		"-1 0 0 1/1 1": "load1", "0 Inf 0 1/1 1": "load5", "0 0 1e308 1/1 1": "load15", "0 0 0 11 1": "procs",
		"0 0 0 -1/1 1": "procs_running", "0 0 0 1/ 1": "procs_total", "0 0 0 1/18446744073709551615 1": "procs_total",
	} {
		if _, err := parseLoadavg([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%q: %v, want an error of %s", text, err, field)
		}
	}
}

func TestEstimateIsNeverBeyondTheTotal(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal: 100 kB\nMemFree: 10 kB\nShmem: 50 kB\n":                   0,
		"MemTotal: 100 kB\nMemFree: 90 kB\nCached: 90 kB\n":                  100,
		"MemTotal: 100 kB\nMemFree: 40 kB\nMemAvailable: 101 kB\n":           40,
		"MemTotal: 100 kB\nMemFree: 1 kB\nBuffers: 2 kB\nSReclaimable: 4 kB": 7,
	} {
		m, err := parseMeminfo([]byte(text))
		if err != nil || m.available != want || !m.estimated {
			t.Errorf("%q: %d available, estimated %v, %v, want %d", text, m.available, m.estimated, err, want)
		}
	}
	if _, err := parseMeminfo([]byte("MemTotal: 100 kB\n")); err == nil || !strings.HasPrefix(err.Error(), "MemAvailable:") {
		t.Errorf("neither MemAvailable nor MemFree: %v", err)
	}
}

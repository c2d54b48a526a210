package procfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const captures = "../../testdata/proc"

func capture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMeminfoCaptures(t *testing.T) {
	for name, want := range map[string]memory{
		"meminfo-001":          {16022140, 12881060, false, new(int64(8060924)), new(int64(8060924))},
		"meminfo-002":          {131831052, 118425544, false, new(int64(4194300)), new(int64(4194300))},
		"meminfo-003":          {131831052, 118425544, false, new(int64(4194300)), new(int64(4194300))},
		"meminfo-004":          {4020980, 3391008, false, new(int64(2621436)), new(int64(2621436))},
		"meminfo-linux-2.6.32": {3922000, 287040 + 182344 + 2210412 + 361204 - 520, true, new(int64(2097144)), new(int64(2084320))},
		"meminfo-linux-2.4":    {514368, 34268 + 59688 + 275096, true, new(int64(1052248)), new(int64(1040192))},
		"meminfo-container":    {524288, 412300 + 90112 - 4096, true, new(int64(0)), new(int64(0))},
	} {
		got, err := parseMeminfo(capture(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got, cmp.AllowUnexported(memory{})); diff != "" {
			t.Errorf("%s: -want +got: %s", name, diff)
		}
	}
}

func TestPressureCaptures(t *testing.T) {
	for name, want := range map[string]float64{
		"pressure-cpu-001": 2.04, "pressure-cpu-002": 0, "pressure-io-001": 10.24, "pressure-io-002": 0,
		"pressure-memory-001": 70.24, "pressure-memory-002": 0,
	} {
		if got, err := parsePressure(capture(t, name)); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
		}
	}
}

// TestEveryCaptureIsTried fails where a file was added and no test reads it.
func TestEveryCaptureIsTried(t *testing.T) {
	files, err := os.ReadDir(captures)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		kind, _, _ := strings.Cut(strings.TrimPrefix(file.Name(), "broken-"), "-")
		var err error
		switch kind {
		case "meminfo":
			_, err = parseMeminfo(capture(t, file.Name()))
		case "loadavg":
			_, err = parseLoadavg(capture(t, file.Name()))
		case "pressure":
			_, err = parsePressure(capture(t, file.Name()))
		case "README.md":
			continue
		default:
			t.Errorf("%s: no parser is tried on it", file.Name())
		}
		if broken := strings.HasPrefix(file.Name(), "broken-"); broken != (err != nil) {
			t.Errorf("%s: %v", file.Name(), err)
		}
	}
}

func TestF33BrokenCapturesNameTheField(t *testing.T) {
	for name, want := range map[string]string{
		"broken-meminfo-torn":     `MemAvailable: not a size in kB: "   1288"`,
		"broken-meminfo-no-total": "MemTotal: missing or zero",
		"broken-meminfo-overflow": `MemTotal: over 1125899906842624: "18446744073709551615"`,
		"broken-meminfo-negative": `MemFree: not a whole number: "-4"`,
		"broken-meminfo-nul":      `MemFree: not a whole number: "46\x00860"`,
		"broken-meminfo-twice":    `MemTotal: twice: "MemTotal:       1 kB\n"`,
		"broken-meminfo-swap":     "SwapFree: 11 kB is more than SwapTotal",
	} {
		if _, err := parseMeminfo(capture(t, name)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"broken-loadavg-comma": `load1: not a number: "0,08"`,
		"broken-loadavg-nan":   `load1: not a number: "nan"`,
		"broken-loadavg-short": `fewer than three loads: "0.08 0.03\n"`,
	} {
		if _, err := parseLoadavg(capture(t, name)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"broken-pressure-percent": `avg10: over 100 percent: "101.00"`,
		"broken-pressure-no-some": `no line of some avg10: "full avg10=57.59 avg60=58.06 avg300=60.38 total=3300487258\n"`,
	} {
		if _, err := parsePressure(capture(t, name)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

package procfs

import (
	"strings"
	"testing"

	"muster/internal/fleet"
)

func TestParseStat(t *testing.T) {
	for text, want := range map[string]fleet.CPUTimes{
		"cpu  10 20 30 400":                         {Busy: 60, Total: 460}, // Linux 2.4
		"cpu  10 20 30 400 50 6 7":                  {Busy: 73, Total: 523},
		"cpu  10 20 30 400 50 6 7 8 9 1":            {Busy: 81, Total: 531}, // guests are in user and nice
		"cpu 0 0 0 0":                               {},
		"cpu  1 1 1 1 1 1 1 1 1 1 a column of 2040": {Busy: 6, Total: 8},
	} {
		if got, err := parseStat([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "cpu", "cpu0 1 2 3 4", "cpu  1 2 3", "cpu  1 2 3 -4", "cpu  1 2 3 4.5", "cpu  1 2 3 x", "cpu 1 2 3 288230376151711745", strings.Repeat("9", 99),
	} {
		if got, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

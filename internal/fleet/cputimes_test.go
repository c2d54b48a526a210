package fleet

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestCPUUsed(t *testing.T) {
	for _, tt := range []struct {
		then, now CPUTimes
		percent   float64
		known     bool
	}{
		{CPUTimes{10, 100}, CPUTimes{60, 200}, 50, true},
		{CPUTimes{10, 100}, CPUTimes{10, 200}, 0, true},
		{CPUTimes{0, 0}, CPUTimes{7, 7}, 100, true},
		{CPUTimes{10, 100}, CPUTimes{112, 200}, 100, true},                      // the kernel's iowait went back
		{CPUTimes{0, 0}, CPUTimes{422212465065987, 422212465065987}, 100, true}, // a quotient that is rounded up
		{CPUTimes{10, 100}, CPUTimes{10, 100}, 0, false},                        // no tick yet
		{CPUTimes{10, 100}, CPUTimes{5, 50}, 0, false},                          // it was booted
		{CPUTimes{90, 100}, CPUTimes{5, 150}, 0, false},
	} {
		if percent, known := tt.now.UsedSince(tt.then); percent != tt.percent || known != tt.known {
			t.Errorf("%+v: %v, %v", tt, percent, known)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.Custom(func(t *rapid.T) CPUTimes {
			return CPUTimes{rapid.Int64().Draw(t, "busy"), rapid.Int64().Draw(t, "total")}
		})
		percent, known := any.Draw(t, "now").UsedSince(any.Draw(t, "then"))
		if !(percent >= 0 && percent <= 100) || math.IsNaN(percent) || !known && percent != 0 {
			t.Errorf("%v, %v", percent, known)
		}
	})
}

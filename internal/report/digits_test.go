package report

import (
	"math"
	"testing"
)

func TestSeconds(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0s", 1.234: "1.23s", 0.0345: "34.5ms", 0.99951: "1.00s", 0.99949: "999ms", 0.00099951: "1.00ms", 0.000123: "123µs",
		1.5e-8: "0.0150µs", 12.345: "12.3s", 99.96: "100s", 4321.6: "4322s", -1.5: "-1.50s", -0.5: "-500ms", 1e300: "1e+300s",
		math.Inf(1): "+Infs",
	} {
		if got := Seconds(seconds); got != want {
			t.Errorf("Seconds(%v) = %q, want %q", seconds, got, want)
		}
	}
	if got := significant(math.NaN()); got != "NaN" {
		t.Errorf("NaN reads %q", got)
	}
}

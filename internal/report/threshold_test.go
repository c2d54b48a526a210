package report

import (
	"fmt"
	"strings"
	"testing"
)

// However many hosts crossed a rule, one line says so, whose names are whole.
func TestCrossingIsBounded(t *testing.T) {
	var hosts []string
	for i := range 10_000 {
		hosts = append(hosts, fmt.Sprintf("n%dx", i*i))
	}
	for _, names := range [][]string{hosts, {strings.Repeat("n", 5000)}} {
		text := Threshold{Hosts: names}.Crossing(10_000)
		if displayWidth(text) > mostCrossing+50 || !strings.HasSuffix(text, "…") {
			t.Errorf("%d bytes: %s", len(text), text)
		}
	}
}

package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"muster/internal/hostlist"
)

// Threshold says what became of one rule over the hosts, or over the fleet as a whole.
type Threshold struct {
	Rule    string   `json:"rule"`  // as the user wrote it
	Level   string   `json:"level"` // fail, or warn
	Crossed bool     `json:"crossed"`
	Hosts   []string `json:"hosts,omitempty"` // labels of those that crossed it, in the order given; nil: a rule over the fleet

	// Values is what the functions over the fleet came to, by how they stand in the rule. One that no host gave a figure for
	// is not there.
	Values map[string]float64 `json:"values,omitempty"`
}

// Levels of a Threshold.
const (
	LevelFail = "fail" // crossed, it makes an exit code
	LevelWarn = "warn"
)

// mostCrossing is how many columns the hosts that crossed a rule may take; in json all of them stand.
const mostCrossing = 300

// Crossing is what made a rule true: ": 3 of 20: n[1-3]" of that many hosts, ": p95(load1) is 2.5".
func (t Threshold) Crossing(all int) string {
	var text strings.Builder
	for _, call := range slices.Sorted(maps.Keys(t.Values)) {
		fmt.Fprintf(&text, ": %s is %s", call, figure(t.Values[call]))
	}
	if len(t.Hosts) > 0 {
		fmt.Fprintf(&text, ": %d of %d: %s", len(t.Hosts), all, cut(hostlist.Fold(t.Hosts), mostCrossing))
	}
	return text.String()
}

// figure is a number for people: whole numbers whole, others as far as anybody looks.
func figure(x float64) string {
	if x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

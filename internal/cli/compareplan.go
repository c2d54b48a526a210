package cli

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"muster/internal/compare"
	"muster/internal/report"
)

// comparePlan is what a comparison would do.
type comparePlan struct {
	Schema   string  `json:"schema"`
	Expected float64 `json:"expected_seconds,omitempty"` // 0: nobody can know before the first round
	compare.Design
}

// comparePlanSchema names the form of a comparePlan in json.
const comparePlanSchema = "muster.compare.plan/1"

// showPlan prints a design, as json where that is asked for.
func (o *comparing) showPlan(outputs *outputs, d compare.Design, expected time.Duration) error {
	for _, warning := range d.Warnings {
		o.note("warning: %s", warning)
	}
	return outputs.planned(
		comparePlan{Schema: comparePlanSchema, Expected: expected.Seconds(), Design: d},
		func(w io.Writer, width int) error { return writeComparePlan(w, width, d, expected) },
	)
}

func writeComparePlan(w io.Writer, width int, d compare.Design, expected time.Duration) error {
	takes := "how long is known after the first round"
	if expected > 0 {
		takes = "about " + report.Duration(expected)
	}
	_, err := fmt.Fprintf(w, "%s: %s: %s\n", d.Workload.Name, sizeOf(d), takes)
	if err != nil {
		return err
	}
	g := report.Grid{Header: []string{"way", "chunks", "fanout", "in_flight"}, Right: []bool{false, true, true, true}}
	for _, arm := range d.Arms {
		g.Rows = append(g.Rows, []string{arm.Name(), strconv.Itoa(arm.Chunks), strconv.Itoa(arm.Fanout), strconv.Itoa(arm.InFlight(d.Workload.ItemsOf(arm.Kind)))})
	}
	return g.Write(w, width)
}

package report

import (
	"bytes"
	"testing"
)

// speedups is what strategies may gain by more chunks.
func speedups() Plot {
	return Plot{
		Title: "speed-up against serial", XLabel: "chunks", YLabel: "times as fast",
		Series: []Series{
			{"hybrid -f 16", []Point{
				{X: 1, Y: 0.97, Low: new(0.95), High: new(0.99)},
				{X: 2, Y: 1.84, Low: new(1.75), High: new(1.9)},
				{X: 4, Y: 3.21, Low: new(2.9), High: new(3.4)},
				{X: 8, Y: 3.36, Low: new(2.8), High: new(3.9)},
			}},
			{"processes", []Point{{X: 8, Y: 3.02}, {X: 4, Y: 2.88}, {X: 2, Y: 1.71}, {X: 1, Y: 0.94}}},
			{"threads", []Point{{X: 1, Y: 1}, {X: 2, Y: 1.03}, {X: 4, Y: 1.01}, {X: 8, Y: 0.98}}},
		},
	}
}

func TestPlotText(t *testing.T) {
	for name, width := range map[string]int{"plot.txt": 0, "plot-40.txt": 40} {
		var b bytes.Buffer
		if err := speedups().Text(&b, width); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

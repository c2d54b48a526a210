package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/guptarohit/asciigraph"
	"pgregory.net/rapid"
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

// gaps is a plot with points left out, a series of one point, and values below zero.
func gaps() Plot {
	return Plot{Title: "drift", Series: []Series{
		{"late", []Point{{X: 16, Y: 0.2}, {X: 1000000, Y: -0.4}}},
		{"once", []Point{{X: 4, Y: 0.1}, {X: 4, Y: 0.9}}},
		{"never", nil},
		{"holes", []Point{{X: 1, Y: -0.1}, {X: 4, Y: math.NaN()}, {X: 16, Y: math.Inf(1)}, {X: 64, Y: 0.3}, {X: math.NaN(), Y: 1}}},
	}}
}

func plotText(t interface{ Fatal(...any) }, p Plot, width int) string {
	var b bytes.Buffer
	if err := p.Text(&b, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlotText(t *testing.T) {
	for name, got := range map[string]string{
		"plot.txt": plotText(t, speedups(), 0), "plot-40.txt": plotText(t, speedups(), 40), "plot-gaps.txt": plotText(t, gaps(), 60),
	} {
		golden(t, name, []byte(got))
	}
	if plotText(t, speedups(), 200) != plotText(t, speedups(), 80) {
		t.Error("a wide terminal has another plot")
	}
}

func TestNoPlotWithoutALine(t *testing.T) {
	one := Series{"one", []Point{{X: 1, Y: 1}, {X: 1, Y: 2}, {X: math.Inf(1), Y: 2}, {X: 3, Y: math.Inf(-1)}, {X: 4, Y: math.NaN()}}}
	for _, p := range []Plot{{}, {Series: []Series{{}}}, {Title: "t", Series: []Series{one, one}}} {
		if got := plotText(t, p, 0); got != "" {
			t.Errorf("%v is drawn as\n%s", p, got)
		}
	}
	for _, width := range []int{1, 2, 10, 16} {
		if got := plotText(t, speedups(), width); got != "" {
			t.Errorf("in %d columns:\n%s", width, got)
		}
	}
}

// These are why asciigraph is given no value that has no place.
func TestWhatAsciigraphCannotDraw(t *testing.T) {
	panics := func(values ...float64) (does bool) {
		defer func() { does = recover() != nil }()
		asciigraph.Plot(values)
		return false
	}
	if !panics() || !panics(1, math.Inf(1)) || panics(math.NaN(), 1) {
		t.Error("asciigraph takes more than it did, or less")
	}
}

var awkward = rapid.OneOf(
	rapid.SampledFrom([]float64{
		0, 1, 2, 4, 8, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324, 1e15, -1e15, 0.1,
	}),
	rapid.Float64())

func drawPlot(t *rapid.T) Plot {
	point := rapid.Custom(func(t *rapid.T) Point {
		p := Point{X: awkward.Draw(t, "x"), Y: awkward.Draw(t, "y")}
		if rapid.Bool().Draw(t, "interval") {
			p.Low, p.High = new(awkward.Draw(t, "low")), new(awkward.Draw(t, "high"))
		}
		return p
	})
	series := rapid.Custom(func(t *rapid.T) Series {
		return Series{hostileText.Draw(t, "name"), rapid.SliceOfN(point, 0, 8).Draw(t, "points")}
	})
	return Plot{
		hostileText.Draw(t, "title"), hostileText.Draw(t, "x label"), hostileText.Draw(t, "y label"),
		rapid.SliceOfN(series, 0, 8).Draw(t, "series"),
	}
}

// A plot whose names are anything has no more than printable text (F87).
func TestF87HostilePlot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlot(t)
		width := rapid.SampledFrom([]int{1, 20, 30, 80}).Draw(t, "width")
		got := plotText(t, p, width)
		mustBeInert(t, got)
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" || line[0] != ' ' || displayWidth(line) > width {
				t.Fatalf("in %d columns: %q", width, line)
			}
		}
	})
}

func TestAxis(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   []string
	}{
		{nil, []string{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{[]float64{math.NaN(), math.Inf(1), 5e-324}, []string{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{[]float64{3.36}, []string{"0", "1", "2", "3", "4"}},
		{[]float64{101, 103}, []string{"0", "20", "40", "60", "80", "100", "120"}},
		{[]float64{-0.4, 0.3}, []string{"-0.4", "-0.2", "0.0", "0.2", "0.4"}},
		{[]float64{-5}, []string{"-5", "-4", "-3", "-2", "-1", "0"}},
		{[]float64{0.00042}, []string{"0.0000", "0.0001", "0.0002", "0.0003", "0.0004", "0.0005"}},
	} {
		a := axisOf(test.values, 6)
		var got []string
		for i := range a.steps() + 1 {
			got = append(got, a.label(i))
		}
		if strings.Join(got, " ") != strings.Join(test.want, " ") {
			t.Errorf("of %v the ticks are %q, want %q", test.values, got, test.want)
		}
	}
}

func TestAxisHoldsItsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(awkward).Draw(t, "values")
		a := axisOf(values, rapid.IntRange(2, 10).Draw(t, "most"))
		for _, v := range append(values, 0) {
			if at := a.at(v); drawable(v) && !(-1e-9 <= at && at <= 1+1e-9) {
				t.Fatalf("%v is at %v of %v", v, at, a)
			}
		}
	})
}

package report

import (
	"bytes"
	"fmt"
	"testing"
)

func page() (title, note string, charts []Chart) {
	memory := Bars{Title: "memory", Unit: "MiB"}
	for i := range 20 {
		v := float64(i*i) + 12.5
		memory.Bars = append(memory.Bars, Bar{Name: fmt.Sprintf("together: hybrid -n %d -f %d", i+1, 2*i+2), Value: v, Low: new(v * 0.9), High: new(v * 1.2)})
	}
	cpu := Bars{Title: "CPU", Unit: "s", Bars: []Bar{{"serial", 1.25, nil, nil}, {"processes -n 8", 1.5, new(1.4), new(1.75)}}}
	return "muster compare: collect", "8 CPUs, 200 hosts, 10 rounds. Intervals are of the median, 95 %. What is not drawn was not measured, and where no interval is drawn there were too few samples for one.",
		[]Chart{speedups(), cpu, memory}
}

func TestSVG(t *testing.T) {
	var b bytes.Buffer
	title, note, charts := page()
	if err := SVG(&b, title, note, charts...); err != nil {
		t.Fatal(err)
	}
	golden(t, "page.svg", b.Bytes())
}

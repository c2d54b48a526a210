package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// page is one that a comparison may have.
func page() (title, note string, charts []Chart) {
	memory := Bars{Title: "memory", Unit: "MiB"}
	for i := range 20 {
		v := float64(i*i) + 12.5
		name := fmt.Sprintf("together: hybrid -n %d -f %d", i+1, 2*i+2)
		memory.Bars = append(memory.Bars, Bar{name, v, new(v * 0.9), new(v * 1.2)})
	}
	memory.Bars[3].Value = math.NaN()
	cpu := Bars{Title: "CPU", Unit: "s", Bars: []Bar{{"serial", 1.25, nil, nil}, {"processes -n 8", 1.5, new(1.4), new(1.75)}}}
	return "collect", "8 CPUs, 200 hosts, 10 rounds. Intervals are of the median, 95 %; where none is drawn there were too few " +
		"samples for one.", []Chart{speedups(), cpu, memory, gaps(), Bars{Title: "none"}}
}

func TestSVG(t *testing.T) {
	var b bytes.Buffer
	title, note, charts := page()
	if err := SVG(&b, title, note, charts...); err != nil {
		t.Fatal(err)
	}
	golden(t, "page.svg", b.Bytes())
	mustBeSVG(t, b.Bytes())
}

// A page whose names are anything is well formed, and neither acts nor refers to anything (F87).
func TestF87HostileSVG(t *testing.T) {
	bar := rapid.Custom(func(t *rapid.T) Bar {
		b := Bar{Name: hostileText.Draw(t, "name"), Value: awkward.Draw(t, "value")}
		if rapid.Bool().Draw(t, "interval") {
			b.Low, b.High = new(awkward.Draw(t, "low")), new(awkward.Draw(t, "high"))
		}
		return b
	})
	chart := rapid.Custom(func(t *rapid.T) Chart {
		if rapid.Bool().Draw(t, "plot") {
			return drawPlot(t)
		}
		return Bars{hostileText.Draw(t, "title"), hostileText.Draw(t, "unit"), rapid.SliceOfN(bar, 0, 8).Draw(t, "bars")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		err := SVG(&b, hostileText.Draw(t, "title"), hostileText.Draw(t, "note"), rapid.SliceOfN(chart, 0, 3).Draw(t, "charts")...)
		if err != nil {
			t.Fatal(err)
		}
		mustBeSVG(t, b.Bytes())
	})
}

// mustBeSVG fails where a page is not well formed, acts or refers to anything, has numbers that are none, or where its
// texts overlap or leave the page.
func mustBeSVG(t failer, page []byte) {
	mustBeInert(t, string(page))
	var height float64
	var texts []box
	elements := " svg title style rect text line path "
	for d := xml.NewDecoder(bytes.NewReader(page)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, page)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.Contains(elements, " "+start.Name.Local+" ") {
			t.Fatalf("an element of the name %q in %s", start.Name.Local, page)
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
				t.Fatalf("an attribute %s in %s", a.Name.Local, page)
			}
			if (a.Name.Local == "width" || a.Name.Local == "height") && strings.HasPrefix(a.Value, "-") {
				t.Fatalf("%s=%q in %s", a.Name.Local, a.Value, page)
			}
			if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || strings.Contains(a.Value, "%!") {
				t.Fatalf("%s=%q in %s", a.Name.Local, a.Value, page)
			}
		}
		switch start.Name.Local {
		case "svg":
			height, _ = strconv.ParseFloat(attributes["height"], 64)
		case "text":
			var text string
			if err := d.DecodeElement(&text, &start); err != nil {
				t.Fatalf("%v in %s", err, page)
			}
			texts = append(texts, boxOf(attributes, text))
		}
	}
	for i, a := range texts {
		if a.text != "" && (a.left < 0 || a.right > svgWidth || a.top < 0 || a.bottom > height) {
			t.Fatalf("%q leaves the page: %+v", a.text, a)
		}
		for _, b := range texts[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Fatalf("%q and %q overlap: %+v %+v", b.text, a.text, b, a)
			}
		}
	}
}

// box is what a text covers.
type box struct {
	text                     string
	left, right, top, bottom float64
}

func boxOf(attributes map[string]string, text string) box {
	x, _ := strconv.ParseFloat(attributes["x"], 64)
	y, _ := strconv.ParseFloat(attributes["y"], 64)
	size := 12.0
	if attributes["class"] == "t" {
		size = 16
	}
	width := float64(displayWidth(text)) * 7.23 * size / 12
	switch attributes["class"] {
	case "m":
		x -= width / 2
	case "e":
		x -= width
	}
	return box{text, x, x + width, y - size*0.8, y + size*0.2}
}

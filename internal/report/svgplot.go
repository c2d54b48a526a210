package report

import (
	"fmt"
	"strings"
)

const (
	leastHeight = 260 // of what is between the axes
	legendStep  = 20
	sampleWidth = 44 // of a line, in the legend
)

// colours are told apart by people who see fewer of them (Okabe and Ito); dashes and markers differ as well.
var (
	colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"}
	dashes  = []string{"none", "8 3", "2 3", "8 3 2 3"}
	markers = []string{"m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m-4-4h8v8h-8z", "m0-5l5 9h-10z", "m0-6l5 6-5 6-5-6z", "m0 5l5-9h-10z"}
)

func (p Plot) svg(d *drawing) {
	p, xs := p.drawn()
	if !d.heading(p.Title, len(xs) > 0) {
		return
	}
	var labels []string
	values := p.ys()
	for _, s := range p.Series {
		labels = append(labels, s.Name)
		for _, point := range s.Points {
			values = append(values, interval(point.Low, point.High)...)
		}
	}
	labels, legend := names(labels)
	scale := axisOf(values, 6)
	f := frame{xs: xs, scale: scale, top: d.y + 34, right: svgWidth - svgEdge - legend - sampleWidth - 20}
	f.bottom = f.top + max(leastHeight, float64(legendStep*len(p.Series)))
	for i := range scale.steps() + 1 {
		f.left = max(f.left, svgEdge+8+glyph*float64(len(scale.label(i))))
	}
	d.text(svgEdge, f.top-14, "", cut(Clean(p.YLabel), svgLetters))
	f.axes(d)
	for i, s := range p.Series {
		// Points of several lines at one X stand beside each other.
		aside := (float64(i) - float64(len(p.Series)-1)/2) * min(5, 24/float64(len(p.Series)))
		f.series(d, s, aside, i)
		y := f.top + (float64(i)+0.5)*legendStep
		d.stroke(fmt.Sprintf("M%.1f %.1fh%d", f.right+20, y, sampleWidth-8), i)
		d.marker(f.right+20+(sampleWidth-8)/2, y, i)
		d.text(f.right+20+sampleWidth, y+4, "", labels[i])
	}
	d.y = f.bottom + 18
	var places []float64
	for i := range xs {
		places = append(places, f.x(i))
	}
	d.under(places, func(i int) string { return xLabel(xs[i]) })
	if p.XLabel != "" {
		d.y += 18
		d.text((f.left+f.right)/2, d.y, "m", cut(Clean(p.XLabel), maxName))
	}
}

// frame is what the lines of a plot stand in.
type frame struct {
	xs                       []float64
	scale                    axis
	left, right, top, bottom float64
}

// x is where the i-th value of X stands.
func (f frame) x(i int) float64 {
	return f.left + (float64(i)+0.5)*(f.right-f.left)/float64(len(f.xs))
}

func (f frame) y(v float64) float64 { return f.bottom - f.scale.at(v)*(f.bottom-f.top) }

func (f frame) axes(d *drawing) {
	for i := range f.scale.steps() + 1 {
		y := f.bottom - float64(i)*(f.bottom-f.top)/float64(f.scale.steps())
		d.line(f.left, y, f.right, y, "g")
		d.text(f.left-8, y+4, "e", f.scale.label(i))
	}
	for i := range f.xs {
		d.line(f.x(i), f.bottom, f.x(i), f.bottom+5, "a")
	}
	d.line(f.left, f.bottom, f.right, f.bottom, "a")
	d.line(f.left, f.top, f.left, f.bottom, "a")
}

// series draws the i-th line, its points so far aside of their places.
func (f frame) series(d *drawing, s Series, aside float64, i int) {
	var path strings.Builder
	step := "M"
	at := 0
	for _, p := range s.Points {
		for f.xs[at] != p.X {
			at++
		}
		x := f.x(at) + aside
		fmt.Fprintf(&path, "%s%.1f %.1f", step, x, f.y(p.Y))
		step = "L"
		if ends := interval(p.Low, p.High); ends != nil {
			low, high := f.y(ends[0]), f.y(ends[1])
			fmt.Fprintf(&d.buf, `<path d="M%.1f %.1fh6M%.1f %.1fh6M%.1f %.1fV%.1f" stroke="%s"/>`+"\n",
				x-3, low, x-3, high, x, low, high, colours[i%len(colours)])
		}
		d.marker(x, f.y(p.Y), i)
	}
	d.stroke(path.String(), i)
}

// stroke draws a path as the i-th line is drawn.
func (d *drawing) stroke(path string, i int) {
	if path != "" {
		fmt.Fprintf(&d.buf, `<path d="%s" class="p" stroke="%s" stroke-dasharray="%s"/>`+"\n",
			path, colours[i%len(colours)], dashes[i%len(dashes)])
	}
}

// marker draws a point of the i-th line.
func (d *drawing) marker(x, y float64, i int) {
	fmt.Fprintf(&d.buf, `<path d="M%.1f %.1f%s" fill="%s"/>`+"\n", x, y, markers[i%len(markers)], colours[i%len(colours)])
}

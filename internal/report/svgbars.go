package report

import "fmt"

// Bars is a chart of one bar below the other. Its text may be hostile. A value that has no place, NaN or infinity, has no
// bar.
type Bars struct {
	Title, Unit string
	Bars        []Bar
}

// Bar is a value, with the interval in which it is sure to lie where that is known.
type Bar struct {
	Name      string
	Value     float64
	Low, High *float64
}

const (
	barStep   = 22 // from one bar to the next
	barHeight = 12
)

func (b Bars) svg(d *drawing) {
	if !d.heading(b.Title, len(b.Bars) > 0) {
		return
	}
	var labels, figures []string
	var values []float64
	for _, bar := range b.Bars {
		labels = append(labels, bar.Name)
		figure := "-"
		if drawable(bar.Value) {
			figure = significant(bar.Value)
			values = append(append(values, bar.Value), interval(bar.Low, bar.High)...)
		}
		figures = append(figures, figure)
	}
	labels, left := names(labels)
	_, right := names(figures)
	scale := axisOf(values, 6)
	half := glyph * float64(len(scale.label(scale.steps()))) / 2 // of the last tick's label
	left, right = svgEdge+left+10, svgWidth-svgEdge-max(right+10, half)
	at := func(v float64) float64 { return left + scale.at(v)*(right-left) }
	top := d.y + 12
	bottom := top + float64(len(b.Bars)*barStep) + 4
	var ticks []float64
	for i := range scale.steps() + 1 {
		x := left + float64(i)*(right-left)/float64(scale.steps())
		d.line(x, top, x, bottom, "g")
		ticks = append(ticks, x)
	}
	for i, bar := range b.Bars {
		middle := top + (float64(i)+0.5)*barStep + 2
		d.text(left-10, middle+4, "e", labels[i])
		d.text(svgWidth-svgEdge, middle+4, "e", figures[i])
		if !drawable(bar.Value) {
			continue
		}
		from, to := min(at(0), at(bar.Value)), max(at(0), at(bar.Value))
		fmt.Fprintf(&d.buf, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" class="b"/>`+"\n",
			from, middle-barHeight/2, to-from, barHeight)
		if ends := interval(bar.Low, bar.High); ends != nil {
			low, high := at(ends[0]), at(ends[1])
			fmt.Fprintf(&d.buf, `<path d="M%.1f %.1fv8M%.1f %.1fv8M%.1f %.1fH%.1f" class="w"/>`+"\n",
				low, middle-4, high, middle-4, low, middle, high)
		}
	}
	d.line(at(0), top, at(0), bottom, "a")
	d.y = bottom + 16
	d.under(ticks, scale.label)
	if b.Unit != "" {
		d.y += 16
		d.text((left+right)/2, d.y, "m", cut(Clean(b.Unit), maxName))
	}
}

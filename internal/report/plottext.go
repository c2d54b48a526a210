package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	plotWidth    = 80 // columns that a plot takes where there are as many
	plotRows     = 12 // of its canvas, or a few less
	leastColumns = 12 // of its canvas, below which there is no plot
)

// Text draws p for a terminal of width columns; 0: 80. A letter stands where there is a point, and the line between is for
// the eye alone; intervals are not shown. It writes nothing where no line has two points, or where there is no room.
func (p Plot) Text(w io.Writer, width int) error {
	if width <= 0 || width > plotWidth {
		width = plotWidth
	}
	p, xs := p.drawn()
	if !p.hasLine() {
		return nil
	}
	scale := axisOf(p.ys(), plotRows/2)
	margin := 0
	for i := range scale.steps() + 1 {
		margin = max(margin, len(scale.label(i)))
	}
	margin += len("  | ")
	columns := width - margin - len(xLabel(xs[len(xs)-1]))/2
	if columns < leastColumns {
		return nil
	}
	var out bytes.Buffer
	line := func(text string) { out.WriteString(cut(strings.TrimRight(text, " "), width) + "\n") }
	for _, text := range []string{p.Title, p.YLabel} {
		if strings.TrimSpace(text) != "" {
			line(" " + cell(text))
		}
	}
	each := plotRows / scale.steps() // rows to a step
	c := p.draw(xs, scale, scale.steps()*each, columns)
	for i, row := range c.rows {
		label, mark := "", "│"
		if above := len(c.rows) - 1 - i; above%each == 0 {
			label, mark = scale.label(above/each), "┤"
		}
		line(fmt.Sprintf("%*s %s %s", margin-len("| ")-1, label, mark, string(row)))
	}
	ticks, labels := c.under(margin)
	line(ticks)
	line(labels)
	if strings.TrimSpace(p.XLabel) != "" {
		text := cell(p.XLabel)
		line(strings.Repeat(" ", max(1, margin+(columns-displayWidth(text))/2)) + text)
	}
	for i, s := range p.Series {
		line(fmt.Sprintf("   %c %s %s", marks[i%len(marks)], strings.Repeat(strokes[i%len(strokes)].Horizontal, 3), Clean(s.Name)))
	}
	if c.several {
		line(fmt.Sprintf("   %c several", severalAre))
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("plot write: %w", err)
	}
	return nil
}

// under returns the axis of X, margin columns from the left, and the labels under its ticks. A label that there is no room
// for is left out.
func (c *canvas) under(margin int) (ticks, labels string) {
	width := margin + len(c.rows[0])
	line := append([]rune(strings.Repeat(" ", margin-2)+"└"), slices.Repeat([]rune{'─'}, width-margin+1)...)
	for _, x := range c.xs {
		at, text := margin+c.column(x), xLabel(x)
		line[at] = '┬'
		if blanks := at - len(text)/2 - len(labels); blanks > 0 {
			labels += strings.Repeat(" ", blanks) + text
		}
	}
	return string(line), labels
}

package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

// Chart is one drawing of a page: a Plot or Bars.
type Chart interface{ svg(*drawing) }

// Measures of a page, in its pixels. Its letters all have one width, so that what they take is known.
const (
	svgWidth   = 860
	svgEdge    = 20
	glyph      = 7.3 // takes a letter of 12 pixels' height, a little less in common fonts
	svgLetters = 112 // in a line
	maxName    = 36  // letters of a name, before it is cut
)

const svgStyle = "text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#222}" +
	".t{font-size:16px;font-weight:bold}.h{font-weight:bold}.e{text-anchor:end}.m{text-anchor:middle}" +
	".g{stroke:#ddd}.a{stroke:#666}.w{stroke:#222;fill:none}.p{fill:none;stroke-width:2}.b{fill:#56b4e9}"

// SVG writes a page that needs nothing else: a title, a note below it, and charts one below the other. All text is made
// inert, and numbers that have no place are left out.
func SVG(w io.Writer, title, note string, charts ...Chart) error {
	d := &drawing{y: svgEdge + 14}
	d.text(svgEdge, d.y, "t", cut(Clean(title), svgLetters*12/16))
	d.y += 8
	for _, line := range wrap(Clean(note), svgLetters) {
		if line != "" {
			d.y += 16
			d.text(svgEdge, d.y, "", strings.TrimSpace(line))
		}
	}
	for _, c := range charts {
		d.y += 34
		c.svg(d)
	}
	d.y += svgEdge
	var page bytes.Buffer
	fmt.Fprintf(&page, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" viewBox="0 0 %[1]d %.0[2]f" role="img">`+"\n",
		svgWidth, d.y)
	fmt.Fprintf(&page, "<title>%s</title>\n<style>%s</style>\n", html.EscapeString(Clean(title)), svgStyle)
	fmt.Fprintf(&page, `<rect width="%d" height="%.0f" fill="#fff"/>`+"\n%s</svg>\n", svgWidth, d.y, d.buf.Bytes())
	if _, err := page.WriteTo(w); err != nil {
		return fmt.Errorf("svg write: %w", err)
	}
	return nil
}

// drawing is a page while it grows: y is how far down it is written.
type drawing struct {
	buf bytes.Buffer
	y   float64
}

// text writes clean text, whose lower left corner is at x, y; class "e" and "m" make that its right one, and its middle.
func (d *drawing) text(x, y float64, class, text string) {
	fmt.Fprintf(&d.buf, `<text x="%.1f" y="%.1f" class="%s">%s</text>`+"\n", x, y, class, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&d.buf, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

// heading writes what a chart is about, and reports whether there is any of it.
func (d *drawing) heading(title string, any bool) bool {
	d.text(svgEdge, d.y, "h", cut(Clean(title), svgLetters))
	if !any {
		d.y += 20
		d.text(svgEdge, d.y, "", "nothing to show")
	}
	return any
}

// under writes labels below the places of an axis, but none that would touch the one before.
func (d *drawing) under(places []float64, label func(i int) string) {
	end := 0.0
	for i, x := range places {
		text := label(i)
		if half := float64(len(text)) * glyph / 2; x-half > end {
			d.text(x, d.y, "m", text)
			end = x + half + glyph
		}
	}
}

// names returns names as they are shown, and the pixels that the longest takes.
func names(all []string) (shown []string, width float64) {
	for _, name := range all {
		name = cut(Clean(name), maxName)
		shown = append(shown, name)
		width = max(width, float64(displayWidth(name))*glyph)
	}
	return shown, width
}

// interval returns both ends of an interval that is known and has a place.
func interval(low, high *float64) []float64 {
	if low == nil || high == nil || !drawable(*low) || !drawable(*high) {
		return nil
	}
	return []float64{*low, *high}
}

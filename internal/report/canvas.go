package report

import (
	"math"
	"slices"
	"strings"

	"github.com/guptarohit/asciigraph"
)

const (
	marks      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	severalAre = '*' // stands for points of several lines in one cell
)

// strokes tell lines apart between their points.
var strokes = []asciigraph.CharSet{stroke("─│╭╮╰╯"), stroke("━┃┏┓┗┛"), stroke("═║╔╗╚╝"), stroke("╌╎┌┐└┘"), stroke("······")}

func stroke(s string) asciigraph.CharSet {
	c := strings.Split(s, "")
	return asciigraph.CharSet{
		Horizontal: c[0], VerticalLine: c[1], ArcDownRight: c[2], ArcDownLeft: c[3], ArcUpRight: c[4], ArcUpLeft: c[5],
		StartCap: " ", EndCap: " ",
	}
}

// canvas is what stands between the axes, the uppermost row first.
type canvas struct {
	rows    [][]rune
	scale   axis
	xs      []float64
	several bool // points share a cell
}

// draw returns a canvas with the lines of p, which is drawn; what is first is on top.
func (p Plot) draw(xs []float64, scale axis, height, width int) *canvas {
	c := &canvas{rows: make([][]rune, height+1), scale: scale, xs: xs}
	for i := range c.rows {
		c.rows[i] = slices.Repeat([]rune{' '}, width)
	}
	for i, s := range slices.Backward(p.Series) {
		if len(s.Points) > 1 {
			c.line(s, strokes[i%len(strokes)])
		}
	}
	taken := map[[2]int]bool{}
	for i, s := range p.Series {
		for _, point := range s.Points {
			row, column := height-int(math.Round(c.height(point))), c.column(point.X)
			mark := rune(marks[i%len(marks)])
			if at := [2]int{row, column}; taken[at] {
				c.several, mark = true, severalAre
			} else {
				taken[at] = true
			}
			c.rows[row][column] = mark
		}
	}
	return c
}

// column is where a value of X stands.
func (c *canvas) column(x float64) int {
	i, _ := slices.BinarySearch(c.xs, x)
	return int(math.Round(float64(i*(len(c.rows[0])-1)) / float64(len(c.xs)-1)))
}

// height is how many rows a point is above the lowest.
func (c *canvas) height(p Point) float64 { return c.scale.at(p.Y) * float64(len(c.rows)-1) }

// line draws a line from point to point.
func (c *canvas) line(s Series, with asciigraph.CharSet) {
	heights := slices.Repeat([]float64{math.NaN()}, len(c.rows[0])) // there is no line where it is NaN
	for i, p := range s.Points[1:] {
		from, to := c.column(s.Points[i].X), c.column(p.X)
		begin, end := c.height(s.Points[i]), c.height(p)
		for at := from; at < to; at++ {
			heights[at] = begin + (end-begin)*float64(at-from)/float64(to-from)
		}
		heights[to] = end
	}
	const axis = 3 // cells that asciigraph draws in front of a line
	rows := float64(len(c.rows) - 1)
	text := asciigraph.Plot(heights,
		asciigraph.Height(len(c.rows)-1), asciigraph.LowerBound(0), asciigraph.UpperBound(rows), asciigraph.Offset(axis),
		asciigraph.YAxisValueFormatter(func(float64) string { return "" }), asciigraph.SeriesChars(with))
	for row, line := range strings.Split(text, "\n") {
		for column, r := range []rune(line)[axis:] {
			if r != ' ' {
				c.rows[row][column] = r
			}
		}
	}
}

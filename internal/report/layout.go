package report

import (
	"bufio"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

const (
	leastText = 12  // a text column is not shortened below this, nor the first, which has names, below half the line
	minPadded = 3   // a terminal narrower than this has no room for blanks around a cell
	ellipsis  = "…" // stands for what was cut off
)

// displayWidth is how many terminal columns s takes.
func displayWidth(s string) int { return twwidth.WidthNoCache(s) }

// pad fills s, which is clean, with blanks up to width columns.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(width-displayWidth(s), 0)) }

// cut shortens s to at most width columns; 0 is no limit.
func cut(s string, width int) string {
	if width <= 0 || displayWidth(s) <= width {
		return s
	}
	return twwidth.Truncate(s, width, ellipsis)
}

// fit returns the widths of the columns that a line of the given width has room for, which may be fewer than there are:
// those on the left, at least one. Columns that are not flush right are shortened, the widest first, before any is left out.
func fit(natural []int, right []bool, width int) []int {
	if width <= 0 {
		return natural
	}
	least := slices.Repeat([]int{leastText}, len(natural))
	least[0] = max(leastText, width/2)
	for n := len(natural); n > 1; n-- {
		widths := make([]int, n)
		over := 2*n - 1 - width // a blank on each side of a cell; the last one is trimmed
		for c := range widths {
			widths[c] = min(natural[c], width)
			over += widths[c]
		}
		for ; over > 0; over-- {
			c := widestText(widths, least, right)
			if c < 0 {
				break
			}
			widths[c]--
		}
		if over <= 0 {
			return widths
		}
	}
	room := width
	if width >= minPadded {
		room--
	}
	return []int{min(natural[0], room)}
}

// widestText returns the widest column that may be shortened, being wider than its least and not flush right, or -1.
func widestText(widths, least []int, right []bool) int {
	widest := -1
	for c, w := range widths {
		if w > least[c] && (c >= len(right) || !right[c]) && (widest < 0 || w > widths[widest]) {
			widest = c
		}
	}
	return widest
}

// trimmer writes lines without the blanks at their ends.
type trimmer struct {
	w      *bufio.Writer
	blanks int
}

// Write never fails: the first error is w's to keep.
func (t *trimmer) Write(p []byte) (int, error) {
	for _, c := range p {
		switch c {
		case ' ':
			t.blanks++
			continue
		case '\n':
			t.blanks = 0
		}
		for ; t.blanks > 0; t.blanks-- {
			t.w.WriteByte(' ')
		}
		t.w.WriteByte(c)
	}
	return len(p), nil
}

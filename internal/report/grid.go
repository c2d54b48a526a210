package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Grid is a table of anything: hosts, workers, a plan. Its text may be hostile: Write cleans every cell.
type Grid struct {
	Header []string   // at least one
	Rows   [][]string // each as long as Header
	Right  []bool     // columns set flush right, as numbers are; what is missing is flush left

	tone func(row, column int) tone // nil: no colour
}

// Write writes one line for the header and one for each row, none of them wider than width; 0 is no limit. Text columns
// are shortened first; then columns are left out from the right, and a last line says which.
func (g Grid) Write(w io.Writer, width int) error {
	out := bufio.NewWriter(w) // keeps the first error, which tablewriter does not
	if err := g.write(out, width); err != nil {
		return fmt.Errorf("table write: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("table write: %w", err)
	}
	return nil
}

func (g Grid) write(out *bufio.Writer, width int) error {
	withoutCache()
	widths := fit(g.naturalWidths(), g.Right, width)
	t := newTable(&trimmer{w: out}, widths, g.Right, width)
	if err := t.Start(); err != nil {
		return err
	}
	t.Header(cells(g.Header, widths))
	for i, row := range g.Rows {
		row = cells(row, widths)
		if g.tone != nil {
			for c, text := range row {
				row[c] = g.tone(i, c).paint(text)
			}
		}
		if err := t.Append(row); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	if hidden := g.Header[len(widths):]; len(hidden) > 0 {
		note := fmt.Sprintf(" not shown in %d columns: %s", width, strings.Join(hidden, ", "))
		out.WriteString(cut(Clean(note), width) + "\n")
	}
	return nil
}

// cells returns the cells of a row that there is room for, clean and no wider than that.
func cells(row []string, widths []int) []string {
	fitting := make([]string, len(widths))
	for c, width := range widths {
		fitting[c] = cut(cell(row[c]), width)
	}
	return fitting
}

// cell is the clean text of a cell, which may be the first of its line that is not empty.
func cell(text string) string { return leadCell(Clean(text)) }

// naturalWidths returns the width of the widest cell of each column.
func (g Grid) naturalWidths() []int {
	widths := make([]int, len(g.Header))
	for c, text := range g.Header {
		widths[c] = displayWidth(cell(text))
	}
	for _, row := range g.Rows {
		for c, text := range row {
			widths[c] = max(widths[c], displayWidth(cell(text)))
		}
	}
	return widths
}

// withoutCache turns off tablewriter's cache of widths, which costs more than it saves: our cells seldom repeat.
var withoutCache = sync.OnceFunc(func() { twwidth.SetCacheCapacity(0) })

// newTable returns a table without lines, with a blank on each side of a cell, that writes each row as it comes.
func newTable(w io.Writer, widths []int, right []bool, width int) *tablewriter.Table {
	padding, blanks := tw.PaddingDefault, 2
	if 0 < width && width < minPadded {
		padding, blanks = tw.PaddingNone, 0
	}
	align := make(tw.Alignment, len(widths))
	columns := tw.NewMapper[int, int]()
	for c := range widths {
		align[c] = tw.AlignLeft
		if c < len(right) && right[c] {
			align[c] = tw.AlignRight
		}
		columns.Set(c, widths[c]+blanks)
	}
	bare := tw.Rendition{Borders: tw.BorderNone, Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone}}
	return tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(bare)),
		tablewriter.WithHeaderAutoFormat(tw.Off), // else load1 would become LOAD 1
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(align),
		tablewriter.WithPadding(padding),
		tablewriter.WithStreaming(tw.StreamConfig{Enable: true}),
		tablewriter.WithColumnWidths(columns),
	)
}

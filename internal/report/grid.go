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
	rows := make([][]string, 0, len(g.Rows)+1)
	for _, row := range append([][]string{g.Header}, g.Rows...) {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = Clean(text)
		}
		rows = append(rows, cells)
	}
	widths := fit(naturalWidths(rows), g.Right, width)
	for i, row := range rows {
		rows[i] = row[:len(widths)]
		for c, text := range rows[i] {
			rows[i][c] = cut(text, widths[c])
			if i > 0 && g.tone != nil {
				rows[i][c] = g.tone(i-1, c).paint(rows[i][c])
			}
		}
	}
	if err := render(&trimmer{w: out}, rows, g.Right, width); err != nil {
		return err
	}
	if hidden := g.Header[len(widths):]; len(hidden) > 0 {
		note := fmt.Sprintf(" not shown in %d columns: %s", width, strings.Join(hidden, ", "))
		out.WriteString(cut(Clean(note), width) + "\n")
	}
	return nil
}

// withoutCache turns off tablewriter's cache of widths, which costs more than it saves: our cells seldom repeat.
var withoutCache = sync.OnceFunc(func() { twwidth.SetCacheCapacity(0) })

// render sets rows, the first of them the header, with a blank on each side of a cell and no lines.
func render(w io.Writer, rows [][]string, right []bool, width int) error {
	align := make(tw.Alignment, len(rows[0]))
	for i := range align {
		align[i] = tw.AlignLeft
		if i < len(right) && right[i] {
			align[i] = tw.AlignRight
		}
	}
	padding := tw.PaddingDefault
	if 0 < width && width < minPadded {
		padding = tw.PaddingNone
	}
	bare := tw.Rendition{Borders: tw.BorderNone, Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone}}
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(bare)),
		tablewriter.WithHeaderAutoFormat(tw.Off), // else load1 would become LOAD 1
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithAlignment(align),
		tablewriter.WithPadding(padding),
	)
	t.Header(rows[0])
	if err := t.Bulk(rows[1:]); err != nil {
		return err
	}
	return t.Render()
}

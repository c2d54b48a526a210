package cli

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/term"

	"muster/internal/report"
)

// screen is a terminal on which each table is drawn over the one before. The last stays.
type screen struct {
	out   *os.File
	drawn bool
}

const (
	clearAll   = "\x1b[H\x1b[2J"
	home       = "\x1b[H"
	clearRight = "\x1b[K"
	clearBelow = "\x1b[J"
)

// newScreen returns stdout as a screen; nil: it is none.
func newScreen(stdout *os.File) *screen {
	if !wanted("auto", stdout) {
		return nil
	}
	return &screen{out: stdout}
}

// draw draws text, as much of it as there are lines for above one for a warning and one for the cursor. It is written at once.
func (s *screen) draw(text []byte) error {
	_, height, _ := term.GetSize(int(s.out.Fd()))
	_, err := s.out.Write(s.frame(text, height))
	return err
}

// frame is what to write for a screen of that height; 0: not known.
func (s *screen) frame(text []byte, height int) []byte {
	var b bytes.Buffer
	if s.drawn {
		b.WriteString(home)
	} else {
		b.WriteString(clearAll)
		s.drawn = true
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	hidden := 0
	if room := height - 3; room > 0 && len(lines) > room+1 {
		lines, hidden = lines[:room], len(lines)-room
	}
	for _, line := range lines {
		b.Write(bytes.TrimSuffix(line, []byte("\n")))
		b.WriteString(clearRight + "\n")
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "%d lines more%s\n", hidden, clearRight)
	}
	b.WriteString(clearBelow)
	return b.Bytes()
}

// write writes a document to one output. On a screen a table takes the place of the last, and there is one header of csv.
func (o *outputs) write(output report.Output, d *report.Document) error {
	view := o.view
	if output.File != "" || d.Run.Beat == 0 {
		return output.Write(o.stdout, d, view)
	}
	view.Headless = d.Run.Beat > 1
	if output.Format == report.FormatTable && o.screen != nil {
		var text bytes.Buffer
		view.Width = widthOf(o.stdout)
		if err := output.Write(&text, d, view); err != nil {
			return err
		}
		return o.screen.draw(text.Bytes())
	}
	if tabular := output.Format == report.FormatTable || output.Format == report.FormatWide; tabular && d.Run.Beat > 1 {
		o.stdout.WriteString("\n") // an error is that of what follows
	}
	return output.Write(o.stdout, d, view)
}

package report

import (
	"bufio"
	"fmt"
	"strings"
	"time"
)

// Change is what became of a host since the last beat.
type Change struct {
	Host   string `json:"host"`
	Was    string `json:"was"` // its status
	Is     string `json:"is"`
	Booted bool   `json:"booted,omitempty"` // it was started anew: Was and Is are its boot_id
}

func (c Change) String() string {
	if c.Booted {
		return Clean(c.Host) + ": rebooted"
	}
	return Clean(c.Host) + ": " + c.Was + " → " + c.Is
}

// mostChanges is how many changes a table names.
const mostChanges = 10

// writeBeat writes above a table which beat it is of, and what changed.
func writeBeat(out *bufio.Writer, d *Document, opts Options) {
	if d.Run.Beat == 0 {
		return
	}
	line := fmt.Sprintf("beat %d, %s", d.Run.Beat, d.Run.StartedAt.Local().Format(time.DateTime))
	if d.Run.Beat > 1 {
		line += ", " + changed(d.Changes)
	}
	out.WriteString(cut(line, opts.Width) + "\n\n")
}

func changed(changes []Change) string {
	if len(changes) == 0 {
		return "nothing changed"
	}
	var texts []string
	for _, c := range changes[:min(len(changes), mostChanges)] {
		texts = append(texts, c.String())
	}
	if more := len(changes) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return "changed: " + strings.Join(texts, ", ")
}

package remote

import (
	"io"
	"strings"

	"muster/internal/fleet"
)

// gate is what ssh's stderr is written to. What comes before the command was sent is not the command's, but that of a
// program on the way: ssh as it connects to a jump host, or what that host says to everybody.
type gate struct {
	log  *opensshLog
	to   io.Writer
	open bool
	head []byte // of what came before
}

// Write never fails. By the time that the command has written something, it stands in the log that it was sent.
func (g *gate) Write(p []byte) (int, error) {
	if !g.open {
		said := g.log.catchUp()
		g.open = said.mux || !said.before(fleet.PhaseExec)
	}
	if g.open {
		return g.to.Write(p)
	}
	g.head = append(g.head, p[:min(len(p), 4*maxLogLine-len(g.head))]...)
	return len(p), nil
}

// lines are what came before.
func (g *gate) lines() []string {
	return strings.FieldsFunc(string(g.head), func(r rune) bool { return r == '\r' || r == '\n' })
}

package report

import (
	"bytes"
	"fmt"
	"io"

	"muster/internal/fleet"
)

// NDJSON writes one json record a line, as hosts finish. It must not be used by several goroutines at once.
type NDJSON struct {
	w     io.Writer
	close func() error // nil where w is not ours to close
	buf   bytes.Buffer // whole lines
}

// NewNDJSON returns an encoder onto w, which it does not close.
func NewNDJSON(w io.Writer) *NDJSON { return &NDJSON{w: w} }

// enough is how many bytes are written without being asked to.
const enough = 64 << 10

// Add adds the record of o. Flush is to follow, as soon as there is no other to add.
func (n *NDJSON) Add(o *fleet.Outcome) error {
	begin := n.buf.Len()
	if err := writeOutcome(&n.buf, o); err != nil {
		n.buf.Truncate(begin)
		return fmt.Errorf("ndjson write %s: %w", Clean(o.Host), err)
	}
	n.buf.WriteByte('\n')
	if n.buf.Len() < enough {
		return nil
	}
	return n.Flush()
}

// Flush writes the records that were added, in one Write.
func (n *NDJSON) Flush() error {
	if n.buf.Len() == 0 {
		return nil
	}
	defer n.buf.Reset()
	if _, err := n.w.Write(n.buf.Bytes()); err != nil {
		return fmt.Errorf("ndjson write: %w", err)
	}
	return nil
}

// Close closes the file that Stream opened. Nothing may be written after it.
func (n *NDJSON) Close() error {
	if n.close == nil {
		return nil
	}
	if err := n.close(); err != nil {
		return fmt.Errorf("ndjson close: %w", err)
	}
	return nil
}

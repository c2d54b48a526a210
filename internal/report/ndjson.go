package report

import (
	"bytes"
	"fmt"
	"io"

	"muster/internal/fleet"
)

// NDJSON writes one json record a line, as hosts finish.
type NDJSON struct {
	w     io.Writer
	close func() error // nil where w is not ours to close
	buf   bytes.Buffer
}

// NewNDJSON returns an encoder onto w, which it neither buffers nor closes.
func NewNDJSON(w io.Writer) *NDJSON { return &NDJSON{w: w} }

// Write writes the record of o in one Write. It must not be called by several goroutines at once.
func (n *NDJSON) Write(o *fleet.Outcome) error {
	n.buf.Reset()
	if err := writeOutcome(&n.buf, o); err != nil {
		return fmt.Errorf("ndjson write %s: %w", Clean(o.Host), err)
	}
	n.buf.WriteByte('\n')
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

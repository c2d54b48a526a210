package report

import (
	"bytes"
	"fmt"
	"io"
)

// WriteJSON writes v in json, inert, with a line for each of its members, and of each element of an array of objects.
func WriteJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	if err := encode(&buf, v); err != nil {
		return fmt.Errorf("json write: %w", err)
	}
	if _, err := w.Write(breakLines(buf.Bytes())); err != nil {
		return fmt.Errorf("json write: %w", err)
	}
	return nil
}

// breakLines lays out compact json, whose outermost object and arrays of objects it breaks into lines.
func breakLines(compact []byte) []byte {
	var out bytes.Buffer
	var open []bool // for each bracket that is open, whether what stands in it has lines of its own
	quoted := false
	line := func() {
		out.WriteByte('\n')
		for _, broken := range open {
			if broken {
				out.WriteByte(' ')
			}
		}
	}
	for i, c := range compact {
		within := len(open) > 0 && open[len(open)-1]
		switch {
		case c == '"' && !escaped(compact[:i]):
			quoted = !quoted
		case quoted:
		case c == '}' || c == ']':
			open = open[:len(open)-1]
			if within && compact[i-1] != '{' {
				line()
			}
		}
		out.WriteByte(c)
		switch {
		case quoted:
		case c == '{' || c == '[':
			broken := c == '{' && len(open) == 0 || c == '[' && compact[i+1] == '{'
			open = append(open, broken)
			if broken && compact[i+1] != '}' {
				line()
			}
		case c == ',' && within:
			line()
		case c == ',' || c == ':':
			out.WriteByte(' ')
		}
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// escaped reports whether what follows text, in a string, is escaped.
func escaped(text []byte) bool { return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1 }

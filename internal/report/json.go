package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// JSON writes d as one json object: a line for each host, worker and warning, so that it can be read by people too.
func JSON(w io.Writer, d *Document) error {
	j := jsonWriter{w: bufio.NewWriter(w)}
	j.text("{\n")
	j.member("schema", Schema)
	j.member("run", d.Run)
	writeArray(&j, "hosts", d.Hosts, encodeOutcome)
	if d.Groups != nil {
		writeArray(&j, "groups", d.Groups, encodeGroup)
	}
	j.member("summary", d.Summary)
	writeArray(&j, "workers", d.Workers, encode[Worker])
	writeArray(&j, "warnings", d.Warnings, encode[string])
	j.member("exit_code", d.ExitCode)
	j.text(`"exit_reason":`)
	j.value(d.ExitReason)
	j.text("\n}\n")
	if j.err == nil {
		j.err = j.w.Flush()
	}
	if j.err != nil {
		return fmt.Errorf("json write: %w", j.err)
	}
	return nil
}

// jsonWriter writes an object piece by piece, so that only one host is held in memory twice. It keeps the first error.
type jsonWriter struct {
	w   *bufio.Writer
	buf bytes.Buffer
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) { write(j, v, encode[any]) }

func write[T any](j *jsonWriter, v T, encode func(*bytes.Buffer, T) error) {
	if j.err != nil {
		return
	}
	j.buf.Reset()
	if j.err = encode(&j.buf, v); j.err == nil {
		_, j.err = j.w.Write(j.buf.Bytes())
	}
}

// member writes a member that others follow.
func (j *jsonWriter) member(name string, v any) {
	j.text(`"` + name + `":`)
	j.value(v)
	j.text(",\n")
}

// writeArray writes a member, which others follow, whose elements have a line each.
func writeArray[T any](j *jsonWriter, name string, elements []T, encode func(*bytes.Buffer, T) error) {
	j.text(`"` + name + `":[`)
	for i, e := range elements {
		if i > 0 {
			j.text(",")
		}
		j.text("\n")
		write(j, e, encode)
	}
	j.text("],\n")
}

// encode appends v in json, without a newline, to an empty buffer.
func encode[T any](buf *bytes.Buffer, v T) error {
	if err := json.NewEncoder(buf).Encode(v); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1)
	makeInert(buf)
	return nil
}

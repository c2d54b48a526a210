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
	if d.Where != "" {
		j.member("where", d.Where)
	}
	writeArray(&j, "hosts", d.Hosts, writeOutcome)
	if d.Groups != nil {
		writeArray(&j, "groups", d.Groups, writeGroupRecord)
	}
	j.member("summary", d.Summary)
	if d.By != nil {
		j.member("group_by", d.By)
	}
	if d.Thresholds != nil {
		writeArray(&j, "thresholds", d.Thresholds, writeValue[Threshold])
	}
	writeArray(&j, "workers", d.Workers, writeValue[Worker])
	if d.Run.Beat > 0 {
		writeArray(&j, "changes", d.Changes, writeValue[Change])
	}
	writeArray(&j, "warnings", d.Warnings, writeValue[string])
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
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) { write(j, v, writeValue[any]) }

func write[T any](j *jsonWriter, v T, to func(io.Writer, T) error) {
	if j.err == nil {
		j.err = to(j.w, v)
	}
}

// writeValue writes v in json, without a newline.
func writeValue[T any](w io.Writer, v T) error {
	var buf bytes.Buffer
	if err := encode(&buf, v); err != nil {
		return err
	}
	_, err := buf.WriteTo(w)
	return err
}

// member writes a member that others follow.
func (j *jsonWriter) member(name string, v any) {
	j.text(`"` + name + `":`)
	j.value(v)
	j.text(",\n")
}

// writeArray writes a member, which others follow, whose elements have a line each.
func writeArray[T any](j *jsonWriter, name string, elements []T, to func(io.Writer, T) error) {
	j.text(`"` + name + `":[`)
	for i, e := range elements {
		if i > 0 {
			j.text(",")
		}
		j.text("\n")
		write(j, e, to)
	}
	j.text("],\n")
}

// encode appends v in json, without a newline.
func encode(buf *bytes.Buffer, v any) error {
	begin := buf.Len()
	if err := json.NewEncoder(buf).Encode(v); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1)
	makeInert(buf, begin)
	return nil
}

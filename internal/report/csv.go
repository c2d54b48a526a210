package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/internal/fleet"
)

// CSV writes a record for each host under a header of the fields' json names: all of them unless opts.Columns chooses.
// An absent value is an empty cell.
func CSV(w io.Writer, d *Document, opts Options) error {
	fields, err := opts.fields(nil)
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		fields = opts.All()
	}
	hosts, _, err := opts.pick(d.Hosts)
	if err != nil {
		return err
	}
	var header []string
	if !opts.Headless {
		for _, f := range fields {
			header = append(header, f.Name)
		}
	}
	return writeCSV(w, header, func(yield func([]any) bool) {
		row := make([]any, len(fields))
		for _, h := range hosts {
			for i, f := range fields {
				row[i] = f.Value(h)
			}
			if !yield(row) {
				return
			}
		}
	})
}

// WriteCSV writes a record for each row under a header. A cell is text, a number, a bool, a time, or a pointer to a number;
// nil is an empty cell.
func WriteCSV(w io.Writer, header []string, rows [][]any) error {
	return writeCSV(w, header, slices.Values(rows))
}

func writeCSV(w io.Writer, header []string, rows iter.Seq[[]any]) error {
	out := csv.NewWriter(w) // buffered; it keeps the first error for Error
	var record []string
	for _, name := range header {
		cell, _ := csvCell(name)
		record = append(record, cell)
	}
	if header != nil {
		writeCells(out, record)
	}
	n := 0
	for row := range rows {
		n++
		record = record[:0]
		for _, value := range row {
			cell, err := csvCell(value)
			if err != nil {
				return fmt.Errorf("csv write record %d: %w", n, err)
			}
			record = append(record, cell)
		}
		writeCells(out, record)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("csv write: %w", err)
	}
	return nil
}

// writeCells writes clean cells, none of which a CI system takes for a command: only the first begins a line.
func writeCells(out *csv.Writer, cells []string) {
	if len(cells) > 0 {
		cells[0] = leadCell(cells[0])
	}
	out.Write(cells)
}

// csvCell leaves numbers numbers, and keeps a spreadsheet from taking text for a formula: it looks at the first
// character alone, in ASCII and full width (OWASP, "CSV Injection"). A leading TAB or CR is cleaned away.
func csvCell(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case fleet.Text:
		text, err := v.Bytes()
		if err != nil {
			return "", err
		}
		return csvCell(string(text))
	case string:
		v = Clean(v)
		if first, _ := utf8.DecodeRuneInString(v); strings.ContainsRune("=+-@＝＋－＠", first) {
			return "'" + v, nil
		}
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case *int64:
		return csvPointer(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case *float64:
		return csvPointer(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	}
	return "", fmt.Errorf("no csv for %T", value)
}

func csvPointer[T any](value *T) (string, error) {
	if value == nil {
		return "", nil
	}
	return csvCell(*value)
}

package report

import (
	"encoding/csv"
	"fmt"
	"io"
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
		fields = opts.all()
	}
	hosts, _, err := opts.pick(d.Hosts)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w) // buffered; it keeps the first error for Error
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i], _ = csvCell(f.Name)
	}
	out.Write(record)
	for _, h := range hosts {
		for i, f := range fields {
			if record[i], err = csvCell(f.Value(h)); err != nil {
				return fmt.Errorf("csv write %s: %w", Clean(h.Host), err)
			}
		}
		out.Write(record)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("csv write: %w", err)
	}
	return nil
}

// csvCell leaves numbers numbers, and keeps a spreadsheet from taking text for a formula: it looks at the first
// character alone, in ASCII and full width (OWASP, "CSV Injection"). A leading TAB or CR is cleaned away.
func csvCell(value any) (string, error) {
	switch v := value.(type) {
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
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	}
	return "", nil
}

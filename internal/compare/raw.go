package compare

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"muster/internal/durable"
)

// record is one line of a raw file: a design, or a sample of the design that stands before it.
type record struct {
	Design *Design `json:"design,omitempty"`
	Arm    int     `json:"arm"` // its place in the design
	Sample *Sample `json:"sample,omitempty"`
}

// Raw is a file that samples are appended to as they are taken.
type Raw struct{ File string }

// Begin appends the design of the samples to come.
func (r Raw) Begin(ctx context.Context, d Design) error { return r.append(ctx, record{Design: &d}) }

// Keep appends a sample.
func (r Raw) Keep(ctx context.Context, arm int, s Sample) error {
	return r.append(ctx, record{Arm: arm, Sample: &s})
}

func (r Raw) append(ctx context.Context, what record) error {
	line, err := json.Marshal(what)
	if err == nil {
		err = durable.AppendLine(ctx, r.File, 0o644, line)
	}
	if err != nil {
		return fmt.Errorf("raw samples: %w", err)
	}
	return nil
}

// maxRecord bounds a line of a raw file, in bytes.
const maxRecord = 16 << 20

// ReadRaw reads the last comparison of a raw file: its design, its samples by arm, and what there was beside them. Half a
// line at the end, which an append that was cut off leaves, is left out and noted.
func ReadRaw(from io.Reader) (d Design, samples [][]Sample, notes []string, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	designs := 0
	for number := 1; ; number++ {
		line, whole, err := readLine(lines)
		switch {
		case err == io.EOF && len(line) == 0:
			if designs == 0 {
				return d, nil, nil, errors.New("no comparison in it")
			}
			if designs > 1 {
				notes = append(notes, fmt.Sprintf("comparisons before the last are left out: %d", designs-1))
			}
			return d, samples, notes, nil
		case err != nil && err != io.EOF:
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		case !whole:
			notes = append(notes, fmt.Sprintf("line %d is cut off, and left out", number))
			continue
		}
		r, err := parseRecord(line)
		switch {
		case err != nil:
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		case r.Design != nil:
			d, samples, designs = *r.Design, make([][]Sample, len(r.Design.Arms)), designs+1
		case r.Sample == nil || r.Arm < 0 || r.Arm >= len(samples):
			return d, nil, nil, fmt.Errorf("line %d: no sample of an arm", number)
		default:
			samples[r.Arm] = append(samples[r.Arm], *r.Sample)
		}
	}
}

// readLine reads a line, and says whether it was ended.
func readLine(from *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxRecord:
			return nil, false, fmt.Errorf("over %d bytes", maxRecord)
		case err != bufio.ErrBufferFull:
			return line, err == nil, err
		}
	}
}

func parseRecord(line []byte) (r record, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	return r, decoder.Decode(&r)
}

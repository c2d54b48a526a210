package compare

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

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

// ReadRaw reads the last comparison of a raw file: its design, its samples by arm, and notes of what is left out of them:
// earlier comparisons, and lines that an append was cut off in.
func ReadRaw(from io.Reader) (d Design, samples [][]Sample, notes []string, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	designs := 0
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err == io.EOF {
			break
		} else if err != nil {
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		}
		r, err := parseRecord(line)
		switch {
		case err != nil:
			notes = append(notes, fmt.Sprintf("line %d is left out: %v", number, err))
		case r.Design != nil:
			d, samples, designs = *r.Design, make([][]Sample, len(r.Design.Arms)), designs+1
		case r.Sample == nil || r.Arm < 0 || r.Arm >= len(samples):
			return d, nil, nil, fmt.Errorf("line %d: no sample of an arm", number)
		default:
			samples[r.Arm] = append(samples[r.Arm], *r.Sample)
		}
	}
	switch {
	case designs == 0:
		return d, nil, nil, errors.New("no comparison in it")
	case designs > 1:
		notes = append(notes, fmt.Sprintf("comparisons before the last are left out: %d", designs-1))
	}
	return d, samples, notes, nil
}

// readLine reads a line, the last even where it is not ended.
func readLine(from *bufio.Reader) (line []byte, err error) {
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxRecord:
			return nil, fmt.Errorf("over %d bytes", maxRecord)
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return line, nil
		default:
			return line, err
		}
	}
}

func parseRecord(line []byte) (r record, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.DisallowUnknownFields()
	return r, decoder.Decode(&r)
}

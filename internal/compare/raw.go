package compare

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"muster/internal/durable"
	"muster/internal/strategy"
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
// earlier comparisons, and a line that an append was cut off in. What stands after such a line is not taken for a sample of
// the comparison before it.
func ReadRaw(from io.Reader) (d Design, samples [][]Sample, notes []string, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	designs, broken := 0, ""
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err == io.EOF {
			break
		} else if err != nil {
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		}
		r, err := parseRecord(line)
		switch {
		case err != nil && broken == "" && r.Design == nil:
			broken = fmt.Sprintf("line %d is left out: %v", number, err)
		case err != nil:
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		case r.Design != nil:
			d, samples, designs, broken = *r.Design, make([][]Sample, len(r.Design.Arms)), designs+1, ""
		case broken != "":
			return d, nil, nil, fmt.Errorf("line %d: a sample after a line that cannot be read: %s", number, broken)
		case r.Arm >= len(samples):
			return d, nil, nil, fmt.Errorf("line %d: no sample of an arm", number)
		default:
			samples[r.Arm] = append(samples[r.Arm], *r.Sample)
		}
	}
	if broken != "" {
		notes = append(notes, broken)
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

// parseRecord reads a record that Analyse can take.
func parseRecord(line []byte) (r record, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return record{}, err
	}
	switch {
	case decoder.More():
		return record{}, errors.New("more than a record")
	case r.Design != nil:
		return r, r.Design.check()
	case r.Sample == nil || r.Arm < 0:
		return r, errors.New("no sample of an arm")
	}
	return r, r.Sample.check()
}

// What a file may say at most.
const (
	mostChunks  = 1_000_000
	mostSeconds = 1e9
)

func (d Design) check() error {
	for _, arm := range d.Arms {
		form := slices.IndexFunc(forms, func(f Form) bool {
			return f.Name == d.Workload.Name && (arm.Kind == "" || slices.Contains(f.Kinds, arm.Kind))
		})
		if form < 0 || !slices.Contains(strategy.Names(), arm.Strategy) ||
			arm.Chunks < 1 || arm.Fanout < 1 || arm.Copy < 0 || max(arm.Chunks, arm.Fanout, arm.Copy) > mostChunks {
			return errors.New("an arm that there cannot be")
		}
	}
	return nil
}

func (s Sample) check() error {
	if s.WallSeconds < 1e-6 || max(s.WallSeconds, s.UserSeconds, s.SystemSeconds) > mostSeconds || min(s.UserSeconds, s.SystemSeconds) < 0 ||
		min(s.MaxRSSBytes, s.SumPSSBytes, s.VoluntarySwitches, s.InvoluntarySwitches, s.MajorFaults) < 0 || min(s.Items, s.Failed) < 0 {
		return errors.New("a sample that there cannot be")
	}
	return nil
}

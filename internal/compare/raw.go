package compare

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"muster/internal/durable"
	"muster/internal/strategy"
)

// record is one line of a raw file: a design, or a sample of the design that stands before it.
type record struct {
	Run    string  `json:"run"` // tells comparisons that write to one file at a time apart
	Design *Design `json:"design,omitempty"`
	Round  int     `json:"round,omitempty"` // of the sample, from 1
	Arm    int     `json:"arm"`             // its place in the design
	Sample *Sample `json:"sample,omitempty"`
}

// Raw is a file that samples are appended to as they are taken.
type Raw struct{ file, run string }

// OpenRaw returns a file to append to. It may be there, with other comparisons in it, and with nothing else.
func OpenRaw(file string) (Raw, error) {
	raw := Raw{file, rand.Text()}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return raw, nil
	}
	if err != nil {
		return raw, fmt.Errorf("raw samples: %w", err)
	}
	defer f.Close()
	line, err := readLine(bufio.NewReader(f))
	if r, parsed := parseRecord(line); err != io.EOF && (err != nil || parsed != nil || r.Design == nil) {
		return raw, fmt.Errorf("raw samples: %s has something else in it", file)
	}
	return raw, nil
}

// Begin appends the design of the samples to come.
func (r Raw) Begin(ctx context.Context, d Design) error {
	return r.append(ctx, record{Run: r.run, Design: &d})
}

// Keep appends a sample of a round, from 1.
func (r Raw) Keep(ctx context.Context, round, arm int, s Sample) error {
	return r.append(ctx, record{Run: r.run, Round: round, Arm: arm, Sample: &s})
}

func (r Raw) append(ctx context.Context, what record) error {
	line, err := json.Marshal(what)
	if err == nil {
		err = durable.AppendLine(ctx, r.file, 0o644, line)
	}
	if err != nil {
		return fmt.Errorf("raw samples: %w", err)
	}
	return nil
}

// maxRecord bounds a line of a raw file, in bytes.
const maxRecord = 16 << 20

// ReadRaw reads the last comparison of a raw file: its design, the samples of its whole rounds by arm, and notes of what is
// left out: other comparisons, lines that an append was cut off in, and what is left of the rounds that lost one so.
func ReadRaw(from io.Reader) (d Design, samples [][]Sample, notes []string, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	var taken raws
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = taken.add(line)
		}
		if err != nil {
			return d, nil, nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	switch {
	case taken.design.Arms == nil:
		return d, nil, nil, errors.New("no comparison in it")
	case taken.broken > 0:
		notes = append(notes, fmt.Sprintf("lines that cannot be read are left out: %d", taken.broken))
	}
	if taken.others > 0 {
		notes = append(notes, fmt.Sprintf("samples of other comparisons are left out: %d", taken.others))
	}
	return taken.design, taken.whole(), notes, nil
}

// raws is what was read of a raw file so far.
type raws struct {
	run    string
	design Design
	rounds map[int]map[int]Sample // of that run: by round, then by arm
	all    int                    // samples in them
	others int                    // samples of other runs
	broken int                    // lines
}

func (t *raws) add(line []byte) error {
	r, err := parseRecord(line)
	switch {
	case err != nil && r.Design == nil && r.Sample == nil:
		t.broken++
	case err != nil:
		return err
	case r.Design != nil:
		*t = raws{run: r.Run, design: *r.Design, rounds: map[int]map[int]Sample{}, others: t.others + t.all, broken: t.broken}
	case r.Run != t.run || t.rounds == nil:
		t.others++
	case r.Arm >= len(t.design.Arms) || r.Round > t.design.Rounds:
		return errors.New("no sample of an arm")
	default:
		if t.rounds[r.Round] == nil {
			t.rounds[r.Round] = map[int]Sample{}
		}
		t.rounds[r.Round][r.Arm] = *r.Sample
		t.all++
	}
	return nil
}

// whole are the samples of the rounds that have one of each arm, by arm.
func (t *raws) whole() [][]Sample {
	samples := make([][]Sample, len(t.design.Arms))
	for _, round := range slices.Sorted(maps.Keys(t.rounds)) {
		if len(t.rounds[round]) < len(samples) {
			continue
		}
		for arm := range samples {
			samples[arm] = append(samples[arm], t.rounds[round][arm])
		}
	}
	return samples
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
	case r.Sample == nil || r.Arm < 0 || r.Round < 1:
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
	if len(d.Arms) == 0 || d.Rounds < 1 || d.Workload.Items < 1 {
		return errors.New("a comparison of nothing")
	}
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

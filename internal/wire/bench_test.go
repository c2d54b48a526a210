package wire

import (
	"bytes"
	"testing"

	"muster/internal/fleet"
)

// One host costs a start and an outcome, encoded and decoded.
func BenchmarkHost(b *testing.B) {
	load, total := 0.25, int64(8<<30)
	outcome := Outcome{Num: 7, Outcome: fleet.Outcome{
		Status: fleet.StatusOK, Attempts: 1, DurationMS: &load, Reading: fleet.Reading{Kernel: "6.1.0", Load1: &load, MemTotalBytes: &total},
	}}
	for b.Loop() {
		var stream bytes.Buffer
		for _, up := range []Up{{Start: &fleet.Start{Num: 7}}, {Outcome: &outcome}} {
			line, err := EncodeUp(up)
			if err != nil {
				b.Fatal(err)
			}
			stream.Write(line)
		}
		frames := NewUpReader(&stream, false)
		for range 2 {
			if _, err := frames.Next(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// An empty list and none are the same on the wire.
var empty = cmpopts.EquateEmpty()

func TestRoundTripUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := ups.Draw(t, "frame")
		line, err := EncodeUp(want)
		if err != nil {
			t.Fatal(err)
		}
		if len(line) > MaxUp || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' || line[0] != '{' {
			t.Fatalf("not one line: %q", line)
		}
		frames := NewUpReader(bytes.NewReader(line), false)
		got, err := frames.Next()
		if diff := cmp.Diff(want, got, empty); err != nil || diff != "" {
			t.Fatalf("%v\n%s%s", err, line, diff)
		}
		if _, err := frames.Next(); err != io.EOF {
			t.Fatal(err)
		}
	})
}

func TestRoundTripDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := downs.Draw(t, "frame")
		line, err := EncodeDown(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewDownReader(bytes.NewReader(line)).Next()
		if diff := cmp.Diff(want, got, empty); err != nil || diff != "" {
			t.Fatalf("%v\n%s%s", err, line, diff)
		}
	})
}

func TestBuildID(t *testing.T) {
	if first, again := BuildID(), BuildID(); first == "" || first != again {
		t.Errorf("%q, then %q", first, again)
	}
}

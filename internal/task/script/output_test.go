package script

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// The beginning of each stream is sent, in parts that are numbered over both and fit a frame; the rest is counted.
func TestOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 4*fleet.MaxOutputPart)).Draw(t, "limit")
		parts := 0
		var got, wrote [2]string
		o := &output{limit: limit, emit: func(e fleet.Event) {
			part := e.(fleet.Output)
			if !part.Group || part.Num != 0 || part.Part != parts || len(part.Data) == 0 || len(part.Data) > fleet.MaxOutputPart {
				t.Fatalf("part %d of %d bytes after %d", part.Part, len(part.Data), parts)
			}
			parts++
			got[index(part.Stderr)] += string(part.Data)
		}}
		for range rapid.IntRange(0, 10).Draw(t, "writes") {
			stderr := rapid.Bool().Draw(t, "stderr")
			size := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 3*fleet.MaxOutputPart)).Draw(t, "size")
			text := strings.Repeat(rapid.StringMatching(`[a-z\n]`).Draw(t, "byte"), size)
			if n, err := o.stream(stderr).Write([]byte(text)); n != len(text) || err != nil {
				t.Fatal(n, err)
			}
			wrote[index(stderr)] += text
		}
		stdout, stderr := o.truncated()
		for i, truncated := range []int64{stdout, stderr} {
			if kept := min(limit, len(wrote[i])); got[i] != wrote[i][:kept] || truncated != int64(len(wrote[i])-kept) {
				t.Fatalf("stream %d: %d bytes of %d, %d truncated, limit %d", i, len(got[i]), len(wrote[i]), truncated, limit)
			}
		}
	})
}

func index(stderr bool) int {
	if stderr {
		return 1
	}
	return 0
}

// A failure's reason has the first line on stderr, though that be written in pieces, or beyond what is sent.
func TestReason(t *testing.T) {
	for _, tt := range []struct {
		pieces []string
		want   string
	}{
		{nil, "how"},
		{[]string{"\n \n"}, "how"},
		{[]string{"no", " such file\nat all"}, "how: no such file"},
		{[]string{"\n  ", "late \r\n"}, "how: late"},
		{[]string{strings.Repeat("x", maxReason-1), "yz", "z"}, "how: " + strings.Repeat("x", maxReason-1) + "y"},
	} {
		o := &output{emit: func(fleet.Event) { t.Error("sent beyond its limit") }}
		o.stream(false).Write([]byte("stdout says nothing"))
		for _, piece := range tt.pieces {
			o.stream(true).Write([]byte(piece))
		}
		if got := o.reason("how"); got != tt.want {
			t.Errorf("%q: %q", tt.pieces, got)
		}
	}
}

package cli

import (
	"fmt"
	"strings"
	"testing"
)

// A table is drawn over the last, none of whose lines is left, and no more of it than there are lines for, so that the screen
// never scrolls.
func TestScreenFrames(t *testing.T) {
	text := func(lines int) string {
		var b strings.Builder
		for i := range lines {
			fmt.Fprintln(&b, "line", i+1)
		}
		return b.String()
	}
	for _, tt := range []struct{ lines, height, shown, hidden int }{
		{3, 24, 3, 0},
		{3, 5, 3, 0},
		{4, 5, 2, 2},
		{100, 24, 21, 79},
		{100, 0, 100, 0}, // it is not known
		{5, 1, 5, 0},
	} {
		var s screen
		for frame, begins := range []string{clearAll, home, home} {
			got := string(s.frame([]byte(text(tt.lines)), tt.height))
			rest, ok := strings.CutPrefix(got, begins)
			if !ok || !strings.HasSuffix(rest, "\n"+clearBelow) || frame > 0 && strings.Contains(got, clearAll) {
				t.Fatalf("frame %d: %q", frame, got)
			}
			drawn := strings.Split(strings.TrimSuffix(rest, "\n"+clearBelow), "\n")
			want := tt.shown
			if tt.hidden > 0 {
				want++
				if last := drawn[len(drawn)-1]; last != fmt.Sprintf("%d lines more", tt.hidden)+clearRight {
					t.Errorf("%+v: ends with %q", tt, last)
				}
			}
			if len(drawn) != want || drawn[0] != "line 1"+clearRight {
				t.Errorf("%+v: %q", tt, drawn)
			}
		}
	}
}

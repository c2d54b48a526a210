package fleet

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"load1", "laod1", 2}, {strings.Repeat("x", 1e6), "", 64}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%.9q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

package config

import (
	"strings"
	"testing"
	"time"
)

func TestMatchPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a", true},
		{"?", "", false},
		{"?", "a", true},
		{"a*", "a", true},
		{"a*b", "ab", true},
		{"a*b", "aXXb", true},
		{"a*b", "aXXbc", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*.b", "a.b.b", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"**", "x", true},
		{"*a", "aab", false},
	} {
		if got := MatchPattern(tt.pattern, tt.name); got != tt.want {
			t.Errorf("MatchPattern(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
	// With a matcher that goes back to earlier stars this would not end within the life of the machine.
	start := time.Now()
	matched := MatchPattern(strings.Repeat("a*", 5000)+"b", strings.Repeat("a", 255))
	if took := time.Since(start); matched || took > time.Minute {
		t.Errorf("%v, took %v", matched, took)
	}
}

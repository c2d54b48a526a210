package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"plain text, 100 %", "plain text, 100 %"},
		{"Größe 大きさ ✓ é e\u0301", "Größe 大きさ ✓ é e\u0301"},
		{`a\b`, `a\b`},
		{"a\tb\r\nc\x00", `a\x09b\x0d\x0ac\x00`},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"\x1b]52;c;Y2F0\x07", `\x1b]52;c;Y2F0\x07`},
		{"\x7f", `\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"\x9b31m", `\x9b31m`},
		{"cut off: \xe2\x80", `cut off: \xe2\x80`},
		{"\u2028\u2029", `\u2028\u2029`},
		{"\u061c\u200e\u200f\u202a\u202e\u2066\u2069", `\u061c\u200e\u200f\u202a\u202e\u2066\u2069`},
		{"zero\u200bwidth\ufeff", `zero\u200bwidth\ufeff`},
		{"filler \u3164, selector \ufe0f, joiner \u034f", `filler \u3164, selector \ufe0f, joiner \u034f`},
		{"no-break\u00a0space", `no-break\u00a0space`},
		{"tag \U000e0041", `tag \U000e0041`},
		{"\ufffd", "\ufffd"},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestCleanOfCleanTextAllocatesNothing(t *testing.T) {
	s := strings.Repeat("node-17.example.com größer ", 10)
	if n := testing.AllocsPerRun(100, func() { Clean(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m", "\x9b", "\u009b", "\u202e\u2028", "\xff\xc0\x80", "\U000e0041", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Clean(%q) = %q: not UTF-8", s, got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("Clean(%q) = %q holds %U", s, got, r)
			}
		}
		if again := Clean(got); again != got {
			t.Fatalf("Clean(%q) = %q, and again %q", s, got, again)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Clean("node-17.example.com")
	}
}

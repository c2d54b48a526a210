package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFit(t *testing.T) {
	text, number := false, true
	for _, test := range []struct {
		name    string
		natural []int
		right   []bool
		width   int
		want    []int
	}{
		{"no limit", []int{5, 500}, nil, 0, []int{5, 500}},
		{"room for all", []int{5, 6}, nil, 14, []int{5, 6}},
		{"text is shortened first", []int{30, 6}, []bool{text, number}, 23, []int{14, 6}},
		{"the widest text is", []int{14, 40}, nil, 31, []int{14, 14}},
		{"numbers are not", []int{5, 30, 6}, []bool{text, number, number}, 40, []int{5, 30}},
		{"text is not shortened to nothing", []int{40, 6}, []bool{text, number}, 20, []int{19}},
		{"names stay in one piece as far as half the line", []int{27, 6, 6}, []bool{text, number, number}, 56, []int{27, 6, 6}},
		{"and others are left out for them", []int{27, 9, 9, 9}, []bool{text, number, number, number}, 56, []int{27, 9, 9}},
		{"longer ones are cut", []int{60, 9, 9, 9}, []bool{text, number, number, number}, 60, []int{37, 9, 9}},
		{"another column shrinks where the names may not", []int{40, 30}, nil, 60, []int{30, 27}},
		{"one column is cut", []int{40}, nil, 10, []int{9}},
		{"no room for a blank", []int{40}, nil, 2, []int{2}},
		{"one column wide", []int{40, 40}, nil, 1, []int{1}},
	} {
		if got := fit(test.natural, test.right, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%s: fit(%v, %d) = %v, want %v", test.name, test.natural, test.width, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"refused (2): n[1-2]", 0, []string{"refused (2): n[1-2]"}},
		{"refused (2): n[1-2]", 19, []string{"refused (2): n[1-2]"}},
		{"refused (2): n[1-2]", 18, []string{"refused (2):", "    n[1-2]"}},
		{"up (3): aaa,bbb,ccc", 16, []string{"up (3): aaa,bbb,", "    ccc"}},
		{"up (3): aaa,bbb,ccc", 12, []string{"up (3): aaa,", "    bbb,ccc"}},
		{"abcdefghij", 6, []string{"abcdef", "    gh", "    ij"}},
		{"abc", 1, []string{"a", "b", "c"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.text, test.width)); diff != "" {
			t.Errorf("wrap(%q, %d) (-want +got):\n%s", test.text, test.width, diff)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	blank := func(r rune) rune {
		if r == ' ' {
			return -1
		}
		return r
	}
	rapid.Check(t, func(t *rapid.T) {
		text := Clean(hostileText.Draw(t, "text"))
		width := rapid.IntRange(0, 40).Draw(t, "width")
		lines := wrap(text, width)
		if got, want := strings.Map(blank, strings.Join(lines, "")), strings.Map(blank, text); got != want {
			t.Fatalf("wrap(%q, %d) = %q", text, width, lines)
		}
		for _, line := range lines {
			if width > 1 && displayWidth(line) > width {
				t.Fatalf("wrap(%q, %d): %q is %d columns", text, width, line, displayWidth(line))
			}
		}
	})
}

func TestPad(t *testing.T) {
	for text, want := range map[string]string{"": "    ", "abc": "abc ", "服": "服  ", "e\u0301": "e\u0301   ", "abcde": "abcde"} {
		if got := pad(text, 4); got != want {
			t.Errorf("pad(%q) = %q", text, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 0, "abc"}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"abcd", 1, "…"}, {"大きい", 4, "大…"}, {"", 3, ""},
	} {
		if got := cut(test.text, test.width); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

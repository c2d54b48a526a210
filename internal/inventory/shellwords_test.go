package inventory

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/tier"
)

func TestShellWords(t *testing.T) {
	tests := []struct{ line, want string }{
		{"a", "a@0"},
		{"a  b\tc", "a@0 b@3 c@5"},
		{"a b=c # d", "a@0 b=c@2"},
		{"a#b c", "a@0"},
		{"# a", ""},
		{"a 'b c' d", "a@0 b_c@2 d@8"},
		{`a x="b 'c' # d"y`, `a@0 x=b_'c'_#_dy@2`},
		{`a\ b \#c`, "a_b@0 #c@5"},
		{`'a\b' "a\b" "a\"b\\"`, `a\b@0 a\b@6 a"b\@12`},
		{"a '' \"\"", "a@0 @2 @5"},
		{"a 'b", "a quote is not closed"},
		{`a "b\"`, "a quote is not closed"},
		{`a\`, "nothing behind the backslash"},
	}
	for _, test := range tests {
		if got := spelt(test.line); got != test.want {
			t.Errorf("%s: got %s, want %s", test.line, got, test.want)
		}
	}
}

// spelt is what a line comes to: each word with where it begins, or the problem.
func spelt(line string) string {
	words, problem := shellWords(line)
	var all []string
	for _, w := range words {
		all = append(all, strings.ReplaceAll(w.text, " ", "_")+fmt.Sprint("@", w.start))
	}
	return problem + strings.Join(all, " ")
}

// Lines of any characters that matter are taken apart as Python's shlex does.
func TestShellWordsAsPython(t *testing.T) {
	script := `
import shlex, sys
for line in sys.stdin.read().split("\n"):
    try: print("\t".join(shlex.split(line, comments=True)))
    except ValueError: print("refused")
`
	python := tier.Needs(t, "python3")
	lines := make([]string, tier.Times(500, 5000, 50000))
	for i := range lines {
		lines[i] = "x" + rapid.StringMatching(`[ab='"\\# ]{0,12}`).Example(i)
	}
	cmd := exec.Command(python, "-c", script)
	cmd.Stdin, cmd.Stderr = strings.NewReader(strings.Join(lines, "\n")), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		words, problem := shellWords(lines[i])
		var texts []string
		for _, w := range words {
			texts = append(texts, w.text)
		}
		got := strings.Join(texts, "\t")
		if problem != "" {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", lines[i], got, want)
		}
	}
}

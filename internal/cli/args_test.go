package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestArrange(t *testing.T) {
	app := (&invocation{}).app()
	for _, c := range []struct{ args, arranged, words string }{
		{"muster", "muster", ""},
		{"muster --version", "muster --version", ""},
		{"muster nothing -x n1", "muster nothing -x n1", ""},
		{"muster collect n1 -n 4 n2", "muster collect -n 4 -- n1 n2", ""},
		{"muster collect n1 --chunks=4 n2 -q", "muster collect --chunks=4 -q -- n1 n2", ""},
		{"muster collect -q n1 -H - -o json", "muster collect -q -H - -o json -- n1", ""},
		{"muster collect n1 -- -n 4", "muster collect -- n1", "-n 4"},
		{"muster collect --unknown n1", "muster collect --unknown -- n1", ""},
		{"muster collect -x -- n1", "muster collect -x -- -- n1", ""},
		{"muster --config f collect n1 -q", "muster collect --config f -q -- n1", ""},
		{"muster --config=f collect", "muster collect --config=f --", ""},
		{"muster --config f completion zsh", "muster completion -- zsh", ""},
		{"muster --config f", "muster --config f", ""},
		{"muster --config", "muster --config", ""},
	} {
		l, err := arrange(app, strings.Fields(c.args))
		arranged, words := l.arranged(), l.words
		if err != nil || !slices.Equal(arranged, strings.Fields(c.arranged)) || !slices.Equal(words, strings.Fields(c.words)) {
			t.Errorf("%s: %q, %q", c.args, arranged, words)
		}
	}
}

func TestArrangeWantsValues(t *testing.T) {
	_, err := arrange((&invocation{}).app(), []string{"muster", "collect", "n1", "-H"})
	if err == nil || err.Error() != "-H needs a value: try muster collect --help" || codeOf(err) != codeUsage {
		t.Error(err)
	}
}

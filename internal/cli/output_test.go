package cli

import (
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/report"
)

// Hosts are kept to the end of a run only where something looks at them then: there may be a million.
func TestLooksBack(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "")
	all := func(specs ...string) *outputs {
		parsed, err := report.ParseOutputs(specs)
		if err != nil {
			t.Fatal(err)
		}
		return &outputs{all: parsed}
	}
	for _, test := range []struct {
		name  string
		g     gathering
		o     *outputs
		looks bool
	}{
		{"ndjson", gathering{}, all("ndjson=x"), false},
		{"table", gathering{}, all("table"), true},
		{"ndjson and csv", gathering{}, all("ndjson", "csv=x"), true},
		{"items, table and json", gathering{items: true}, all("table", "json=x", "ndjson=y"), false},
		{"items, junit", gathering{items: true}, all("junit"), true},
		{"a line", gathering{}, &outputs{line: true}, true},
		{"a rule", gathering{limits: thresholdOptions{failIf: *cli.NewStringSlice("load1 > 1")}}, all("ndjson"), true},
		{"a watch", gathering{watch: watchOptions{every: time.Second}}, all("ndjson"), true},
		{"commands", gathering{task: commandTask}, all("ndjson"), true},
	} {
		if looks := test.g.looksBack(test.o); looks != test.looks {
			t.Errorf("%s: %v", test.name, looks)
		}
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	if g := (gathering{}); !g.looksBack(all("ndjson")) {
		t.Error("annotations name hosts")
	}
}

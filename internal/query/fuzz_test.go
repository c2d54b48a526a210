package query

import (
	"strings"
	"testing"
	"time"
)

// FuzzCompile compiles any text and evaluates what compiles. Nothing panics, mistakes are said in one line, and all of it
// takes no longer than its length allows.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"load1_per_cpu > 2 || mem_available_bytes < 2GiB", `count(status != "ok") > 3`, "p95(load1_per_cpu) > 1.5", "load1_per_cpu > 2 * mean(load1_per_cpu)",
		`host matches "^(a|b)+$" and stdout contains 'x'`, "cpus not in [1, 2, 3] || !mem_estimated", "swap_used_bytes == nil", "", "((((", "`", `"\`, "/*", "2GiB", "1..9", "..5KiB",
		"count(count(true) > 1) == 5", "{}", "let x = 1; x", "if true {true} else {false}", "true | count() == 1", "::count(true)", "b'x' == b'x'", "not not true", "probe_ms > .5e3MB",
		"0x1F == 31", "1_0 == 10", "p95(-load1)", "load1 not", "1 <\n2", "\xff", "é == 2GiB", strings.Repeat("-", 2000) + "1 > 0", strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000),
		strings.Repeat("count(", 300) + "true" + strings.Repeat(") > 1", 300), strings.Repeat("1+", 245) + "1 > 2",
	} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, open bool) {
		began := time.Now()
		rule, err := Compile(text, all(), open)
		if err == nil {
			_, err = rule.Judge(hosts())
			if err != nil {
				t.Errorf("%q: %v", text, err) // nothing that compiles is wrong for some hosts only
			}
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q", text, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q: %v", text, took)
		}
	})
}

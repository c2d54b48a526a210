package query

import (
	"strings"
	"testing"

	"muster/internal/fleet"
)

func ptr[T any](v T) *T { return &v }

// text is a fleet.Text in memory.
type text string

func (t text) Len() int64             { return int64(len(t)) }
func (t text) Bytes() ([]byte, error) { return []byte(t), nil }

// hosts are five: three that were read, one of them with less, one that failed, and one of a script.
func hosts() []*fleet.Outcome {
	read := func(name string, load float64, cpus int, available int64) *fleet.Outcome {
		o := &fleet.Outcome{Host: name, Status: fleet.StatusOK, Attempts: 1}
		o.Load1PerCPU, o.CPUs, o.MemAvailableBytes, o.MemEstimated, o.OS = &load, &cpus, &available, ptr(false), "Linux"
		return o
	}
	a, b, c := read("a", 0.5, 4, 3<<30), read("b", 2.5, 8, 1<<30), read("c", 1.5, 2, 2<<30)
	c.CPUs, c.MemEstimated = nil, ptr(true)
	d := &fleet.Outcome{Host: "d", Status: fleet.StatusRefused, Phase: fleet.PhaseConnect, Error: "connection refused"}
	e := &fleet.Outcome{Host: "e", Status: fleet.StatusExit, Said: fleet.Said{ExitCode: ptr(3), Stdout: text("disk x full\n")}, Extra: map[string]float64{"probe_ms": 7}}
	return []*fleet.Outcome{a, b, c, d, e}
}

// all are the fields of every kind of record.
func all() []fleet.Field {
	return append(fleet.ReadingFields(), fleet.SaidFields()...)
}

func TestConditions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"load1_per_cpu > 2", "b"},
		{"load1_per_cpu > 2 || mem_available_bytes >= 3GiB", "a b"},
		{"mem_available_bytes < 2GiB", "b"},
		{"mem_available_bytes < 2.5 GiB", "unexpected"},
		{"mem_available_bytes < 2.5GiB", "b c"},
		{"mem_available_bytes <= 2_000MiB", "b"},
		{"mem_available_bytes > 1.5GB && cpus == 4", "a"},
		{"cpus == 4 and host in ['a', 'b']", "a"},
		{"load1_per_cpu * cpus > 2", "b"},
		{"2 > load1_per_cpu", "a c"},
		{"-load1_per_cpu < -2e0", "b"},
		{"1 < load1_per_cpu < 2", "c"},
		{"os == 'Linux'", "a b c"},
		{`status != "ok"`, "d e"},
		{`host matches "^[ab]$" and not (load1_per_cpu > 2)`, "a"},
		{`error contains "refused"`, "d"},
		{`stdout contains "2GiB" or stdout contains "full"`, "e"},
		{"exit_code != 0", "e"},
		{"true", ""},
		// bool fields are conditions
		{"mem_estimated", "c"},
		{"!mem_estimated", "a b"},
		{"mem_estimated == (cpus != nil)", ""},
		// what is absent makes nothing true
		{"cpus != 4", "b"},
		{"!(cpus == 4)", "b"},
		{"not (cpus == 4 or load1_per_cpu < 0)", "b"},
		{"not (cpus == 4 and load1_per_cpu < 1)", "b c"},
		{"cpus == 4 || !(cpus == 4)", "a b"},
		{"cpus > 100 || load1_per_cpu == 1.5", "c"},
		{`not (stdout contains "full")`, ""},
		{`stdout not contains "x"`, ""},
		{"cpus not in [4]", "b"},
		{"cpus == nil", "c d e"},
		{"nil != cpus", "a b"},
		{"not (cpus == nil) && load1_per_cpu > 1", "b"},
		{"cpus / 0 > 1", "a b"},
		{"(cpus - cpus) / 0 > 0", ""},
		// the fleet beside the host
		{"load1_per_cpu > mean(load1_per_cpu)", "b"},
		{"load1_per_cpu > 1.1 * p50(load1_per_cpu)", "b"},
		{"load1_per_cpu == max(load1_per_cpu) || count(status == 'ok') == 0", "b"},
		{"load1_per_cpu > max(swap_used_percent)", ""},
	} {
		rule, err := Compile(c.text, all(), false)
		if err != nil {
			if c.want != "unexpected" {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		v, err := rule.Judge(hosts())
		var names []string
		for _, i := range v.Hosts {
			names = append(names, hosts()[i].Host)
		}
		if got := strings.Join(names, " "); err != nil || got != c.want || rule.PerHost() && v.Holds != (got != "") {
			t.Errorf("%s: of %q, %v, want %q; %v", c.text, got, v.Holds, c.want, err)
		}
	}
}

func TestOverTheFleet(t *testing.T) {
	for _, c := range []struct {
		text  string
		holds bool
		value string // of the last function
		want  float64
	}{
		{`count(status != "ok") > 1`, true, `count(status != "ok")`, 2},
		{`count(status != "ok") > 2`, false, `count(status != "ok")`, 2},
		{"count(true) == 5", true, "count(true)", 5},
		{"count(cpus == 77) == 0", true, "count(cpus == 77)", 0},
		{"p95(load1_per_cpu) > 1.5", true, "p95(load1_per_cpu)", 2.5},
		{"p50(load1_per_cpu) == 1.5", true, "p50(load1_per_cpu)", 1.5},
		{"p90( load1_per_cpu )>=p99(load1_per_cpu)", true, "p90( load1_per_cpu )", 2.5},
		{"mean(load1_per_cpu) == 1.5", true, "mean(load1_per_cpu)", 1.5},
		{"min(load1_per_cpu) == 0.5", true, "min(load1_per_cpu)", 0.5},
		{"max(mem_available_bytes / 1GiB) == 3", true, "max(mem_available_bytes / 1GiB)", 3},
		{"sum(cpus) == 12", true, "sum(cpus)", 12},
		{"sum(load1_per_cpu * cpus) == 22", true, "sum(load1_per_cpu * cpus)", 22},
		{"count(load1_per_cpu > mean(load1_per_cpu)) == 1", true, "count(load1_per_cpu > mean(load1_per_cpu))", 1},
		{`count(error contains ")(") == 0`, true, `count(error contains ")(")`, 0},
		// no host has it
		{"sum(swap_used_bytes) >= 0", false, "", 0},
		{"not (p95(swap_used_bytes) > 5)", false, "", 0},
		{"p95(swap_used_bytes) == nil", true, "", 0},
		{"mean(cpus / 0) > 0", false, "", 0},
		{"sum(load1_per_cpu * 6e307) > 0", false, "", 0},                   // more than a number holds
		{"max(1 / (cpus - 4)) == 0.25", true, "max(1 / (cpus - 4))", 0.25}, // one host divides by zero
	} {
		rule, err := Compile(c.text, all(), false)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		v, err := rule.Judge(hosts())
		if err != nil || v.Holds != c.holds || v.Values[c.value] != c.want || rule.PerHost() || v.Hosts != nil {
			t.Errorf("%s: %+v, %v", c.text, v, err)
		}
		if c.value == "" && len(v.Values) > 0 {
			t.Errorf("%s: values %v", c.text, v.Values)
		}
	}
}

// What is wrong is said with its column, before anything starts.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"lod1 > 2", `column 1: unknown field "lod1": did you mean load1?`},
		{"load1 > 2 && mem_availabl_bytes < 2GiB", `column 14: unknown field "mem_availabl_bytes": did you mean mem_available_bytes?`},
		{"mem_used_bytes > 2GiB && lod1 > 2", `column 26: unknown field "lod1"`},
		{`"é" == host || lod1 > 2`, "column 16: unknown field"},
		{"load1 > 2X", `column 10: unknown unit "X": GiB is 2^30 bytes, GB 10^9`},
		{"mem_used_percent > 90%", "column 22: there is no sign for percent"},
		{"load1 > 2G", `column 10: unknown unit "G"`},
		{"load1 >", "column 7: unexpected token EOF"},
		{"", "unexpected token EOF"},
		{"load1", "column 1: a condition is wanted, such as load1_per_cpu > 2, and this is a number"},
		{"host", "and this is a string"},
		{"status > 3", "column 8: invalid operation: > (mismatched types string and number)"},
		{"host and load1 > 2", "column 6: invalid operation: and (mismatched types string and bool)"},
		{"host + 1 == 2", "column 6: invalid operation: + (mismatched types"},
		{"host == 'a' || host + error == 'x'", "column 21: + is for numbers: texts are not joined"},
		{"mean(host) > 2", "column 6: a number is wanted, and this is a string"},
		{"mean(load1 > 2) > 2", "column 12: a number is wanted, and this is a condition"},
		{"count(load1) > 2", "column 7: a condition is wanted"},
		{"count() > 2", "column 1: count takes one thing"},
		{"p95(load1, load5) > 2", "column 1: p95 takes one thing"},
		{"p75(load1) > 2", `column 1: unknown function "p75": there are count, min`},
		{"len(host) > 2", `column 1: unknown function "len"`},
		{"all(host, true)", `column 1: unknown function "all"`},
		{"(load1 ?? 0) > 2", "column 8: there is no operator ??"},
		{"load1 ** 2 > 2", "column 7: there is no operator **"},
		{"cpus in 1..1000000000", "column 6: in is for a list"},
		{"host in [error]", "column 10: a list has strings, numbers and sizes only"},
		{"host matches error", "column 6: matches is for a regular expression"},
		{`host matches "("`, "column 6: error parsing regexp: missing closing )"},
		{"host in [1, 2]", "column 6: cannot use string as type"},
		{"load1 > nil", "column 9: nil is for asking whether there is a value"},
		{"load1 + 1 == nil", "column 11: nil is for asking"},
		{"$env", "column 1: unknown field"},
		{"true ? true : false", "conditions are made of fields, numbers"},
		{"let x = 1; x > 2", "conditions are made of"},
		{"host.x == 'y'", "conditions are made of"},
		{"true; false", "conditions are made of"},
		{"[1,2][0] == 1", "conditions are made of"},
		{"{'a': 1} == 2", "conditions are made of"},
		{"host[0:1] == 'w'", "conditions are made of"},
		{strings.Repeat("(", 5000) + "true", "5004 bytes: at most 4096"},
		{strings.Repeat("true||", 600) + "true", "exceeds maximum allowed nodes"},
	} {
		_, err := Compile(c.text, all(), false)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s:\n %v\nwant %s", c.text, err, c.want)
		}
	}
}

// Records of scripts have names that nobody knows beforehand.
func TestOpen(t *testing.T) {
	rule, err := Compile("probe_ms > 5 || max(other_ms) > 1", all(), true)
	if err != nil {
		t.Fatal(err)
	}
	v, err := rule.Judge(hosts())
	if err != nil || len(v.Hosts) != 1 || v.Hosts[0] != 4 || strings.Join(v.Unseen, " ") != "other_ms" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := Compile("$env > 1", all(), true); err == nil || !strings.Contains(err.Error(), "column 1: unknown field") {
		t.Errorf("$env: %v", err)
	}
}

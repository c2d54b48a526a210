package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/tier"
)

// drawLabeled draws a run whose hosts, whose labels the user gave, say what they like in every field.
func drawLabeled(t *rapid.T) *Document {
	d := judged(document(drawFleet(t)...))
	for i, h := range d.Hosts {
		h.Host = fmt.Sprint("n", i)
	}
	d.Warnings = []string{hostileText.Draw(t, "warning")}
	d.ExitReason = hostileText.Draw(t, "reason")
	return d
}

// encoded is d in one of the formats, which acts on no terminal and commands no CI system.
func encoded(t *rapid.T, format string, d *Document) string {
	var b bytes.Buffer
	if err := encoders[format](&b, d); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	mustBeInert(t, b.String())
	if format != "annotations" {
		mustCommandNobody(t, b.String())
	}
	return b.String()
}

// Hosts say anything in every field: JUnit has a test case for each, with what it said, cleaned (F87).
func TestF87HostileJUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawLabeled(t)
		var got junitSuites
		if err := xml.Unmarshal([]byte(encoded(t, "junit", d)), &got); err != nil {
			t.Fatalf("%v", err)
		}
		cases := got.Suites[0].Cases
		for i, h := range d.Hosts {
			if cases[i].Name != h.Host {
				t.Fatalf("case %d is %q", i, cases[i].Name)
			}
			why := cases[i].Failure
			if h.Status.Unfinished() || h.Status == fleet.StatusLost || h.Status == fleet.StatusLocal || !h.Status.Failed() {
				continue
			}
			if why == nil || why.Type != Clean(string(h.Status)) || !strings.HasSuffix(why.Text, Clean(h.Error)) {
				t.Fatalf("%q of %q: %+v", h.Status, h.Error, why)
			}
		}
		n := got.junitCounts
		if n.Tests != len(cases) || n.Tests < len(d.Hosts)+len(d.Thresholds) || n.Failures+n.Errors+n.Skipped > n.Tests {
			t.Fatalf("%+v of %d cases", n, len(cases))
		}
	})
}

// Hosts say anything in every field: in Markdown it stands in code, where it is no markup, and rows stay rows (F87).
func TestF87HostileMarkdown(t *testing.T) {
	cell := regexp.MustCompile("^(`[^`|]*`|<code>[^<`|]*</code>|[0-9]*|\\*\\*(fail|warn)\\*\\*|no|-+:?|threshold|crossed|status|hosts|which|why|and [0-9]+ more reasons)$")
	row := regexp.MustCompile("^\\| `n[0-9]+` ")
	rapid.Check(t, func(t *rapid.T) {
		d := drawLabeled(t)
		written := encoded(t, "markdown", d)
		rows := 0
		for line := range strings.Lines(written) {
			line = strings.TrimSuffix(line, "\n")
			if !strings.HasPrefix(line, "|") {
				continue
			}
			for _, text := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ") {
				if !cell.MatchString(text) {
					t.Fatalf("cell %q of %q", text, line)
				}
			}
			if row.MatchString(line) {
				rows++
			}
		}
		if want := len(onlyOK(d.Hosts)); rows != want {
			t.Fatalf("%d rows for %d hosts:\n%s", rows, want, written)
		}
	})
}

// Hosts say anything in every field: metrics parse, and there is one sample for each host (F87).
func TestF87HostilePrometheus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawLabeled(t)
		for i := range d.Hosts {
			if rapid.Bool().Draw(t, "label") {
				d.Hosts[i].Host = fmt.Sprint(hostileText.Draw(t, "host"), i)
			}
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(encoded(t, "prometheus", d)))
		if err != nil {
			t.Fatalf("%v", err)
		}
		if len(d.Hosts) == 0 {
			return
		}
		var got, want []string
		for _, m := range families["muster_up"].GetMetric() {
			got = append(got, m.GetLabel()[0].GetValue())
		}
		for _, h := range d.Hosts {
			want = append(want, Clean(h.Host))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("instances %q, want %q", got, want)
		}
	})
}

// Hosts say anything in every field: a template's lines, the one line and annotations stay lines, and command nobody but
// as we do (F87).
func TestF87HostileLines(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning) title=muster collect(%3A [^:,]*)?::`)
	rapid.Check(t, func(t *rapid.T) {
		d := drawLabeled(t)
		for format, lines := range map[string]int{"template": len(d.Hosts), "line": 1} {
			if n := strings.Count(encoded(t, format, d), "\n"); n != lines {
				t.Fatalf("%d lines of %s for %d hosts", n, format, len(d.Hosts))
			}
		}
		for line := range strings.Lines(encoded(t, "annotations", d)) {
			if !command.MatchString(line) {
				t.Fatalf("annotation %q", line)
			}
		}
		var b bytes.Buffer
		if err := Template(&b, d, Options{Template: "{{.os}}{{.kernel}}{{.error}}"}); err != nil {
			t.Fatal(err)
		}
		mustCommandNobody(t, b.String())
	})
}

// promtool reads the metrics. It would have names in snake case, which node_exporter's own are not.
func TestPromtool(t *testing.T) {
	promtool := tier.Needs(t, "promtool")
	var b bytes.Buffer
	if err := Prometheus(&b, sample()); err != nil {
		t.Fatal(err)
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = &b
	said, _ := check.CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if !regexp.MustCompile(`^node_memory_\w+ metric names should be written in 'snake_case' not 'camelCase'\n$`).MatchString(line) {
			t.Errorf("%s", line)
		}
	}
	if code := check.ProcessState.ExitCode(); code != 0 && code != 3 { // 3: it has advice
		t.Errorf("exit code %d", code)
	}
}

// A template that names a field that there is not, or cannot do with a host that has no readings, is refused.
func TestTemplateCheck(t *testing.T) {
	for text, want := range map[string]string{
		"{{.host}} {{.load1}}":                              "",
		"{{if and .load1 (gt .load1 2.0)}}{{.host}}{{end}}": "",
		`{{printf "%s\n" .host}}\t{{.load1}}\n`:             "",
		"{{.hots}}":                                         `template: unknown field "hots": did you mean host?`,
		"{{if .host}}{{else}}{{.lod1}}{{end}}":              `template: unknown field "lod1": did you mean load1?`,
		"{{with .host}}{{$.lod1}}{{end}}":                   `template: unknown field "lod1": did you mean load1?`,
		"{{range 3}}{{.host}}{{end}}":                       "of a host without readings: ",
		"{{if gt .load1 2.0}}x{{end}}":                      "of a host without readings: ",
		"{{.host":                                           "template: ",
		"{{nothing .host}}":                                 "template: ",
	} {
		err := Options{Template: text}.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"muster/internal/fleet"
)

// What two values command only side by side is broken as well.
func TestTemplateJoinsNoCommand(t *testing.T) {
	h := reading(1)
	h.OS, h.Kernel = "#", "#[error]x"
	var b bytes.Buffer
	if err := Template(&b, document(h), Options{Template: "{{.os}}{{.kernel}}"}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `\x23#[error]x`+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What only other hosts' records have is empty, in templates that a template defines too.
func TestTemplateLacking(t *testing.T) {
	with, without := reading(1), reading(2)
	with.Extra = map[string]float64{"heat": 3}
	for _, text := range []string{"[{{.heat}}]", `{{define "x"}}[{{.heat}}]{{end}}{{template "x" .}}`} {
		var b bytes.Buffer
		opts := Options{Open: true, Template: text}
		if err := Template(&b, document(with, without), opts); err != nil {
			t.Fatal(err)
		}
		if got, want := b.String(), "[3]\n[]\n"; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		opts.Open = false
		if err := opts.Check(); err == nil {
			t.Errorf("%s: an unknown field passes", text)
		}
	}
}

// CI systems refuse a summary of more than a mebibyte.
func TestMarkdownBound(t *testing.T) {
	d := document()
	for i := range 600 {
		h := reading(i)
		h.OS, h.Kernel = strings.Repeat("|", 2000), strings.Repeat("|", 2000)
		d.Hosts = append(d.Hosts, h)
	}
	var b bytes.Buffer
	if err := Markdown(&b, d, Options{Columns: []string{"host", "os", "kernel"}}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 || !strings.HasSuffix(b.String(), " more lines not shown\n") {
		t.Errorf("%d bytes, which end in %q", b.Len(), b.Bytes()[max(0, b.Len()-40):])
	}
}

func TestAnnotationsBound(t *testing.T) {
	d := document()
	d.ExitCode = 0
	for i := range 100 {
		d.Warnings = append(d.Warnings, fmt.Sprint(i))
	}
	var b bytes.Buffer
	if err := Annotations(&b, d); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != mostAnnotations {
		t.Errorf("%d annotations", n)
	}
}

// A run that failed by none of its hosts, as where a script did or where they are not shown, is no success to a CI system.
func TestFailureByNoHost(t *testing.T) {
	d := document(reading(1))
	d.ExitCode, d.ExitReason = 5, "1 of the scripts exit"
	var junit, annotations bytes.Buffer
	if err := JUnit(&junit, d); err != nil || strings.Count(junit.String(), `<error message="1 of the scripts exit" type="exit code 5">`) != 1 {
		t.Errorf("%v\n%s", err, junit.String())
	}
	if err := Annotations(&annotations, d); err != nil || strings.Count(annotations.String(), "::error title=muster collect::1 of the scripts exit\n") != 1 {
		t.Errorf("%v\n%s", err, annotations.String())
	}
}

// Items may be the same; readers of metrics refuse a sample that comes twice.
func TestPrometheusOnce(t *testing.T) {
	a, b := reading(1), reading(2)
	a.Host, b.Host, b.Status = "same", "same", fleet.StatusTimeout
	var out bytes.Buffer
	if err := Prometheus(&out, document(a, b)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `muster_up{instance="same"}`); n != 1 {
		t.Errorf("%d samples", n)
	}
}

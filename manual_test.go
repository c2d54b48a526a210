package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"muster/internal/tier"
)

var option = regexp.MustCompile(`--[a-z][a-z-]+`)

// The manual tells of every option that the commands of a muster as people build it have.
func TestManual(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/man/muster.1")
	if err != nil {
		t.Fatal(err)
	}
	manual := strings.ReplaceAll(string(text), `\-`, "-")
	muster := built(t)
	for _, command := range []string{"collect", "run", "exec", "compare", "hosts", "demo", "simulate", "completion"} {
		help, err := exec.Command(muster, command, "--help").Output()
		options := option.FindAllString(string(help), -1)
		if err != nil || len(options) == 0 {
			t.Fatalf("%s: %v\n%s", command, err, help)
		}
		for _, option := range options {
			if !regexp.MustCompile(option + `\b`).MatchString(manual) {
				t.Errorf("%s %s is not in the manual", command, option)
			}
		}
	}
}

// man shows it, at terminals of any width, and has nothing to complain of.
func TestManualIsShown(t *testing.T) {
	t.Parallel()
	groff := tier.Needs(t, "groff")
	for _, args := range [][]string{{}, {"-rLL=60n"}, {"-rLL=200n"}} {
		cmd := exec.Command(groff, append([]string{"-man", "-ww", "-Tutf8", "docs/man/muster.1"}, args...)...)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		shown, err := cmd.Output()
		if err != nil || complaints.Len() > 0 || !strings.Contains(string(shown), "muster") {
			t.Errorf("%q: %v: %s", args, err, complaints.String())
		}
	}
}

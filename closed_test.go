package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/simulate"
)

// Without standard input, output or error, in any combination, a run does what it does with them: its files are whole, its
// exit code is right. That nobody sees the report is said, where there is somebody to tell.
func TestF81ClosedDescriptors(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 10, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 1}}})
	for which := range 8 {
		closed := ""
		for fd, redirection := range []string{" <&-", " >&-", " 2>&-"} {
			if which&(1<<fd) != 0 {
				closed += redirection
			}
		}
		t.Run(fmt.Sprintf("F81 closed%s", closed), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "report")
			r := run(t, byShell(t, `exec "$@"`+closed, sim.collect(t, "-n", "2", "-o", "table", "-o", "json="+file)))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v, stderr:\n%s", err, r.stderr)
			}
			shown, said := r.stdout, r.stderr
			if r.stdout = string(text); r.parse(t, sim.labels).ExitCode != 5 {
				t.Errorf("exit code %d", r.code)
			}
			stdout, stderr := which&2 == 0, which&4 == 0
			if strings.Contains(shown, "hosts       10") != stdout || strings.Contains(said, "nobody sees the report") != (!stdout && stderr) {
				t.Errorf("shown:\n%s\nsaid:\n%s", shown, said)
			}
		})
	}
	for _, redirection := range []string{">/dev/null", "| cat"} {
		if r := run(t, byShell(t, `"$@" `+redirection, sim.collect(t))); strings.Contains(r.stderr, "nobody sees the report") {
			t.Errorf("%s: said:\n%s", redirection, r.stderr)
		}
	}
}

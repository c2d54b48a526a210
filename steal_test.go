package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/simulate"
)

// TestStealFromSlowChunk: all hosts of one chunk answer after two seconds. The other chunk's worker takes those that are not
// begun once its own are done, unless chunks are to be kept apart. Each host is reported once, in the chunk that it was put in.
func TestStealFromSlowChunk(t *testing.T) {
	t.Parallel()
	const slow = 4
	sim := simulateFleet(t, simulate.Config{Hosts: 2 * slow, Faults: []simulate.Fault{{Kind: simulate.Slow, Count: slow}}})
	var labels []string
	for _, wanted := range []simulate.Kind{simulate.Slow, ""} {
		for _, h := range sim.hosts {
			if h.Fault == wanted {
				labels = append(labels, h.Label)
			}
		}
	}
	list := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(list, []byte(strings.Join(labels, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for option, want := range map[string]int{"--steal": 2, "--steal=false": 1} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			args := slices.Concat([]string{"collect", "-H", list}, sim.args[2:], []string{"-n", "2", "-f", "2", "--partition", "block", "-o", "json", option})
			r := run(t, musterCmd(t, args...))
			d := r.parse(t, labels)
			if d.ExitCode != 0 || len(d.Workers) != 2 || *d.Workers[0].Exit+*d.Workers[1].Exit != 0 {
				t.Fatalf("exit code %d, %+v, stderr:\n%s", d.ExitCode, d.Workers, r.stderr)
			}
			visits := map[int]int{} // of each worker
			for i, h := range d.Hosts {
				visits[h.WorkerPID]++
				if h.Chunk != i/slow {
					t.Errorf("host %d is said to be of chunk %d", i, h.Chunk)
				}
			}
			for _, w := range d.Workers {
				if w.Hosts != visits[w.PID] {
					t.Errorf("worker %d visited %d hosts, and is said to have visited %d", w.PID, visits[w.PID], w.Hosts)
				}
			}
			shared := map[int]bool{}
			for _, h := range d.Hosts[:slow] {
				shared[h.WorkerPID] = true
			}
			if len(shared) != want {
				t.Errorf("%d workers visited the hosts of the slow chunk, not %d", len(shared), want)
			}
		})
	}
}

package main

import (
	"bytes"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// Whenever an interrupt comes, before the first worker is up or while the report is being written, there is one whole
// report that agrees with the exit code; or none at all, where it came before there was anything to clean up. The journal
// has what the report has.
func TestF67InterruptAtAnyMoment(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 40, Latency: 2 * time.Millisecond})
	began := time.Now()
	allOK(t, sim, run(t, sim.collect(t, "-n", "2", "-f", "4", "-o", "json")))
	all, moments := time.Since(began), tier.Times(12, 60, 400)
	codes := map[int]int{}
	for i := range moments {
		path := filepath.Join(t.TempDir(), "journal")
		cmd := sim.collect(t, "-n", "2", "-f", "4", "-l", "root", "-o", "json", "--journal", path)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		at := time.Duration(i) * all / time.Duration(moments)
		interrupt := time.AfterFunc(at, func() { cmd.Process.Signal(syscall.SIGINT) })
		cmd.Wait()
		interrupt.Stop()
		r := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
		codes[r.code]++
		switch status := cmd.ProcessState.Sys().(syscall.WaitStatus); {
		case status.Signaled() && status.Signal() == syscall.SIGINT && r.stdout == "":
		case r.code == 130 && r.stdout == "" && r.stderr == "muster: interrupted\n": // while the list was being read
		case r.code == 0 || r.code == 130:
			d := r.parse(t, sim.labels)
			done := d.Summary.Hosts - d.Summary.ByStatus[fleet.StatusSkipped] - d.Summary.ByStatus[fleet.StatusCanceled]
			if n := len(entered(t, path, sim.hosts)); n != done {
				t.Errorf("after %v: the journal has %d hosts, the report %d", at, n, done)
			}
		default:
			t.Errorf("after %v: %v, stderr:\n%s", at, cmd.ProcessState, r.stderr)
		}
	}
	t.Logf("exit codes, -1 for none: %v", codes)
}

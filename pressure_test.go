package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// TestF49BinaryDeleted: the program is deleted and a worker killed while a run goes on. The next worker is the same program
// all the same, and the run completes.
func TestF49BinaryDeleted(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 10 * time.Millisecond})
	cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson")
	program, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = filepath.Join(t.TempDir(), "muster")
	if err := os.WriteFile(cmd.Path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	workers, out := midway(t, cmd)
	if err := os.Remove(cmd.Path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(workers[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if ok := 1 + strings.Count(string(rest), `"status":"ok"`); ok != 100 || cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("exit code %d, %d ok", cmd.ProcessState.ExitCode(), ok)
	}
}

// TestF51ParentStopped: the parent is stopped for longer than a worker may be silent, and goes on. It reads what was said
// meanwhile before it judges anybody: all is well, and nobody is blamed.
func TestF51ParentStopped(t *testing.T) {
	t.Parallel()
	stopped := time.Duration(tier.Times(1, 7, 30)) * time.Second
	sim := simulateFleet(t, simulate.Config{Hosts: 240, Latency: 10 * time.Millisecond})
	report := filepath.Join(t.TempDir(), "report.json")
	cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson", "-o", "json="+report)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_, out := midway(t, cmd)
	for signal, after := range map[syscall.Signal]time.Duration{syscall.SIGSTOP: 0, syscall.SIGCONT: stopped} {
		time.AfterFunc(after, func() { cmd.Process.Signal(signal) })
	}
	if _, err := out.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	d := ran{cmd.ProcessState.ExitCode(), string(text), stderr.String()}.parse(t, sim.labels)
	if d.ExitCode != 0 || len(d.Warnings) > 0 || len(d.Workers) != 4 || d.Summary.ByStatus[fleet.StatusOK] != 240 {
		t.Errorf("exit code %d, %q, %d workers, %v", d.ExitCode, d.Warnings, len(d.Workers), d.Summary.ByStatus)
	}
}

// TestF59SlowReader: nobody reads what muster prints for longer than a worker may be silent. That holds the workers back and
// blames nobody; the parent's memory stays within its bound, and every row arrives.
func TestF59SlowReader(t *testing.T) {
	t.Parallel()
	const hosts = 1000 // more than fit into a pipe
	held := time.Duration(tier.Times(1, 7, 20)) * time.Second
	sim := simulateFleet(t, simulate.Config{Hosts: hosts})
	cmd := sim.collect(t, "-n", "4", "-o", "ndjson")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out := starts(t, cmd)
	most := peak(t, cmd.Process.Pid)
	if _, err := out.Peek(1); err != nil {
		t.Fatal(err)
	}
	<-time.After(held)
	rows, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if ok := bytes.Count(rows, []byte(`"status":"ok"`)); ok != hosts || cmd.ProcessState.ExitCode() != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, %d ok, stderr:\n%s", cmd.ProcessState.ExitCode(), ok, &stderr)
	}
	if m := most(); m > 64<<20+hosts*4<<10 && !tier.Race {
		t.Errorf("the parent had %d MiB", m>>20)
	}
}

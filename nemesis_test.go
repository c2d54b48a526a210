package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// killing collects from a fleet with four workers of four hosts each, while so many of them are killed: each has just
// answered for a host and is at others. It returns how long that took. Every host is ok all the same.
func killing(t *testing.T, sim simulated, kills int) time.Duration {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	cmd := sim.collect(t, "-n", "4", "-f", "4", "-o", "ndjson", "-o", "json="+report)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	out := starts(t, cmd)
	killed, every := 0, len(sim.labels)/max(kills, 1)
	for records := 1; ; records++ {
		line, err := out.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		var o fleet.Outcome
		if err != nil || json.Unmarshal(line, &o) != nil {
			t.Fatalf("%q, %v", line, err)
		}
		if due := killed < kills && records > every*killed; due && slices.Contains(processes(t, cmd.Process.Pid), o.WorkerPID) {
			if err := syscall.Kill(o.WorkerPID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			killed++
		}
	}
	cmd.Wait()
	took := time.Since(began)
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	d := ran{code: cmd.ProcessState.ExitCode(), stdout: string(text), stderr: stderr.String()}.parse(t, sim.labels)
	if d.ExitCode != 0 || d.Summary.ByStatus[fleet.StatusOK] != len(sim.labels) {
		t.Errorf("exit code %d, %v", d.ExitCode, d.Summary.ByStatus)
	}
	if killed < kills {
		t.Errorf("killed %d workers, not %d", killed, kills)
	}
	t.Logf("%d kills: %d workers in %v", kills, len(d.Workers), took)
	return took
}

// TestF46HundredKills: a hundred workers are killed in a run of two thousand hosts. It is complete, each host is reported
// once, and it takes at most half as long again as one that is left alone.
func TestF46HundredKills(t *testing.T) {
	timed := tier.CI() && !tier.Race
	hosts, kills := 200, 10
	if timed {
		hosts, kills = 2000, 100
	}
	sim := simulateFleet(t, simulate.Config{Hosts: hosts, Latency: 5 * time.Millisecond}) // some 50 ms a host
	if !timed {
		killing(t, sim, kills)
		return
	}
	var ratio float64
	for range 3 { // others use this machine too
		alone := killing(t, sim, 0)
		if ratio = killing(t, sim, kills).Seconds() / alone.Seconds(); ratio <= 1.5 {
			return
		}
	}
	t.Errorf("a disturbed run takes %.2f times as long", ratio)
}

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/internal/simulate"
)

// Few descriptors: fewer hosts in flight, and said, but every host is ok; fewer than will do: exit code 2, with how many
// are needed.
func TestF75FewDescriptors(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 5 * time.Millisecond})
	for most, said := range map[int]string{
		64: "warning: fan-out lowered from 64 to 36: 64 open files",
		32: "warning: workers at once lowered from 4 to 1: 32 open files",
	} {
		r := run(t, limited(sim.collect(t, "-n", "4", "-o", "json"), "nofile", most))
		allOK(t, sim, r)
		if !strings.Contains(r.stderr, said) {
			t.Errorf("%d descriptors:\n%s", most, r.stderr)
		}
	}
	r := run(t, limited(sim.collect(t, "-n", "4"), "nofile", 31))
	if r.code != 2 || r.stderr != "muster: 31 open files allowed, 32 needed: raise ulimit -n\n" {
		t.Errorf("exit code %d, stderr:\n%s", r.code, r.stderr)
	}
}

// A limit of processes and threads, of a user or of a control group, costs workers, and that is said, but no host; where
// not one worker can be started, the exit code is 1.
func TestF77FewProcesses(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 5 * time.Millisecond})
	for most, workers := range map[int]int{40: 2, 12: 0} {
		t.Run(fmt.Sprintf("pids %d", most), func(t *testing.T) {
			fewWorkers(t, sim, run(t, grouped(t, sim.collect(t, "-n", "4", "-o", "json"), "pids", fmt.Sprintf("pids.max=%d", most))), workers)
		})
		t.Run(fmt.Sprintf("ulimit -u %d", most), func(t *testing.T) {
			cmd := sim.asStranger(t, sim.collect(t, "-n", "4", "-o", "json"))
			fewWorkers(t, sim, run(t, limited(cmd, "nproc", most)), workers)
		})
	}
}

// fewWorkers checks a run that has had no more workers at once than there was room for.
func fewWorkers(t *testing.T, sim simulated, r ran, most int) {
	t.Helper()
	if most == 0 {
		if r.code != 1 || !strings.HasPrefix(r.stderr, "muster: cannot start a worker: ") {
			t.Errorf("exit code %d, stderr:\n%s", r.code, r.stderr)
		}
		return
	}
	allOK(t, sim, r)
	if !strings.Contains(r.stderr, "warning: workers at once lowered from 4 to ") {
		t.Errorf("nothing is said:\n%s", r.stderr)
	}
}

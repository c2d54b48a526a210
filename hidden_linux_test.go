package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"muster/internal/simulate"
)

// While a run goes on, neither muster nor its workers let others of the same user look into their memory, which holds
// keys, or leave it in a core file; and it still sees for itself what memory it took.
func TestKeysAreHidden(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 20 * time.Millisecond})
	report := t.TempDir()
	cmd := sim.asStranger(t, sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson", "-o", "json="+report+"/report"), report)
	workers, out := midway(t, cmd)
	for _, pid := range append(workers, cmd.Process.Pid) {
		// The files of a process that is not dumpable are root's.
		if info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", pid)); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
			t.Errorf("process %d is open to its user: %+v, %v", pid, info, err)
		}
	}
	out.WriteTo(discard{})
	cmd.Wait()
	text, err := os.ReadFile(report + "/report")
	if err != nil {
		t.Fatal(err)
	}
	if d := allOK(t, sim, ran{code: cmd.ProcessState.ExitCode(), stdout: string(text)}); d.Run.MaxRSSBytes == 0 || d.Run.SumPSSBytes == 0 {
		t.Errorf("memory: %+v", d.Run)
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// musterLink is a path of this program by which it is muster, for commands that start it.
func musterLink(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "muster")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// A command in front of workers that is killed costs what is in flight, which is done again, and a worker far away ends with
// its input, however its command or muster died.
func TestLauncherFaults(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 60, Latency: 20 * time.Millisecond})
	tests := map[string]struct {
		signal syscall.Signal
		victim string
		code   int // -1: none
	}{
		"command killed": {syscall.SIGKILL, "command", 0},
		"worker killed":  {syscall.SIGKILL, "worker", 0},
		"muster killed":  {syscall.SIGKILL, "muster", -1},
		"muster ended":   {syscall.SIGINT, "muster", 130},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link := musterLink(t)
			// The worker is a child of the command's: it does not hear of signals.
			launcher := `sh -c '"$0" worker; exit $?'`
			cmd := sim.collect(t, "-n", "3", "-f", "2", "-o", "json", "--launcher", launcher, "--worker-path", link)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill() })
			victims := map[string]int{"muster": cmd.Process.Pid}
			eventually(t, soon, func() string {
				all := marked(t, link)
				for _, pid := range all {
					if inFront(pid) {
						victims["command"] = pid
					} else {
						victims["worker"] = pid
					}
				}
				if len(all) < 6 || len(victims) < 3 {
					return fmt.Sprintf("%d processes", len(all))
				}
				return ""
			})
			if err := syscall.Kill(victims[tt.victim], tt.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if tt.code >= 0 {
				r := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
				d := r.parse(t, sim.labels)
				if r.code != tt.code || tt.code == 0 && d.Summary.ByStatus[fleet.StatusOK] != len(sim.labels) {
					t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
				}
			}
			eventually(t, time.Second+2*time.Second, func() string {
				if left := marked(t, link); len(left) > 0 {
					return fmt.Sprintf("processes live on: %v", left)
				}
				return ""
			})
		})
	}
}

// inFront reports whether a process is the command in front of a worker.
func inFront(pid int) bool {
	args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.HasPrefix(string(args), "sh\x00")
}

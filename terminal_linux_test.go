package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/simulate"
)

// onTerminal starts a collection from hosts that partly stall, on a terminal of its own, and returns once its four workers
// are at work and hosts are done. What it shows on the terminal is in shown once it has ended.
func onTerminal(t *testing.T) (s stalling) {
	t.Helper()
	s.sim = simulateFleet(t, simulate.Config{Hosts: 100, Latency: 20 * time.Millisecond, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 20}}})
	s.report = filepath.Join(t.TempDir(), "report")
	s.cmd = s.sim.collect(t, "-n", "4", "-f", "2", "-o", "table", "-o", "json="+s.report, "-o", "ndjson="+s.report+".ndjson")
	var slave *os.File
	s.master, slave = pty(t)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
	slave.Close()
	s.shown = make(chan string, 1)
	go func() {
		var all bytes.Buffer
		all.ReadFrom(s.master) // until nobody has the other side any more
		s.shown <- all.String()
	}()
	eventually(t, soon, func() string {
		if s.workers = processes(t, s.cmd.Process.Pid); len(s.workers) < 4 {
			return fmt.Sprintf("%d workers", len(s.workers))
		}
		if records, _ := os.ReadFile(s.report + ".ndjson"); len(records) == 0 {
			return "no host is done"
		}
		return ""
	})
	return s
}

// stalling is a run that does not end soon by itself.
type stalling struct {
	sim     simulated
	cmd     *exec.Cmd
	workers []int
	report  string // its json report
	master  *os.File
	shown   chan string
}

// ends waits for the run and checks that it left a whole report, with this exit code, and no worker.
func (s stalling) ends(t *testing.T, code int) document {
	t.Helper()
	s.cmd.Wait()
	text, err := os.ReadFile(s.report)
	if err != nil {
		t.Fatal(err)
	}
	d := ran{code: s.cmd.ProcessState.ExitCode(), stdout: string(text)}.parse(t, s.sim.labels)
	if d.ExitCode != code || !strings.HasPrefix(d.ExitReason, "interrupted: ") {
		t.Errorf("exit code %d, want %d: %s", d.ExitCode, code, d.ExitReason)
	}
	noneLives(t, s.workers)
	return d
}

// ^C at a terminal reaches muster alone, which asks its workers: they end well, and within a second there is a table of what
// is known.
func TestF64InterruptAtATerminal(t *testing.T) {
	t.Parallel()
	s := onTerminal(t)
	typed := time.Now()
	if _, err := s.master.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	d := s.ends(t, 130)
	if took := time.Since(typed); took > time.Second+2*time.Second {
		t.Errorf("took %v", took)
	}
	for _, w := range d.Workers {
		if w.Exit == nil || *w.Exit != 0 {
			t.Errorf("a worker got more than a request: %+v", w)
		}
	}
	if shown := <-s.shown; !strings.Contains(shown, "muster: interrupted: ") || !strings.Contains(shown, "load1") {
		t.Errorf("shown:\n%s", shown)
	}
}

// A terminal that is closed ends the run as SIGHUP does: the report that goes to a file is written.
func TestF66TerminalCloses(t *testing.T) {
	t.Parallel()
	s := onTerminal(t)
	s.master.Close()
	s.ends(t, 129)
}

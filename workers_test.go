package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// soon is how long these tests wait for what must happen; it is slack, not a promise.
const soon = 20 * time.Second

// processes lists the living processes, zombies left out, whose parent is pid.
func processes(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("no /proc on this system")
	}
	var pids []int
	for _, file := range stats {
		pid, ppid, state := stat(file)
		if ppid == parent && state != "Z" {
			pids = append(pids, pid)
		}
	}
	return pids
}

// stat reads pid, parent and state of a process; zeros where it has gone.
func stat(file string) (pid, parent int, state string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, "Z"
	}
	// The name, in parentheses, may hold anything.
	head, tail, _ := strings.Cut(string(text), " (")
	fields := strings.Fields(tail[strings.LastIndex(tail, ")")+1:])
	pid, _ = strconv.Atoi(head)
	parent, _ = strconv.Atoi(fields[1])
	return pid, parent, fields[0]
}

// eventually waits until check has nothing left to complain about.
func eventually(t *testing.T, within time.Duration, check func() string) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	timeout := time.After(within)
	for {
		complaint := check()
		if complaint == "" {
			return
		}
		select {
		case <-timeout:
			t.Fatal(complaint)
		case <-poll.C:
		}
	}
}

// midway starts cmd, which collects with ndjson on stdout from four workers, and returns once hosts have been reported
// and workers are at work on others.
func midway(t *testing.T, cmd *exec.Cmd) (workers []int, out *bufio.Reader) {
	t.Helper()
	out = starts(t, cmd)
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	workers = processes(t, cmd.Process.Pid)
	if len(workers) != 4 {
		t.Fatalf("%d worker processes, want 4", len(workers))
	}
	return workers, out
}

// While a run of four chunks goes on there are four children of the same binary, and once it was killed, none: not even
// one that was stopped and hears nothing.
func TestI9WorkersDieWithMuster(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 300, Latency: 30 * time.Millisecond})
	cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson")
	workers, _ := midway(t, cmd)
	parent, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid))
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	for _, pid := range workers {
		// They hide: only root may see what they run.
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); exe != parent && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("worker %d runs %s (%v), its parent %s", pid, exe, err, parent)
		}
		if args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err != nil || string(args) != "muster\x00worker\x00" {
			t.Errorf("worker %d was started as %q: %v", pid, args, err)
		}
		if group, err := syscall.Getpgid(pid); err != nil || group != pid {
			t.Errorf("worker %d is in group %d: %v", pid, group, err)
		}
	}
	if err := syscall.Kill(workers[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Second+2*time.Second, func() string {
		for _, pid := range workers {
			if _, _, state := stat(fmt.Sprintf("/proc/%d/stat", pid)); state != "Z" {
				return fmt.Sprintf("worker %d lives on, state %s", pid, state)
			}
		}
		return ""
	})
	cmd.Wait()
}

// TestWorkerDeathMidway: a worker that is killed, crashes or stops midway costs time, not hosts. Each is reported once, and the report says
// how the worker ended.
func TestWorkerDeathMidway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row    string
		signal syscall.Signal
		ended  func(exit *int, signal, stderr string) bool
	}{
		{"F45 SIGKILL", syscall.SIGKILL, func(_ *int, signal, _ string) bool { return signal == "SIGKILL" }},
		{"F50 SIGSTOP", syscall.SIGSTOP, func(_ *int, signal, _ string) bool { return signal == "SIGKILL" }},
		// The Go runtime turns it into a panic that it prints.
		{"F47 SIGSEGV", syscall.SIGSEGV, func(exit *int, _, stderr string) bool {
			return exit != nil && *exit == 2 && strings.Contains(stderr, "SIGSEGV")
		}},
	} {
		t.Run(c.row, func(t *testing.T) {
			t.Parallel()
			sim := simulateFleet(t, simulate.Config{Hosts: 240, Latency: 40 * time.Millisecond})
			report := filepath.Join(t.TempDir(), "report.json")
			cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson", "-o", "json="+report)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			workers, out := midway(t, cmd)
			victim := workers[1]
			if err := syscall.Kill(victim, c.signal); err != nil {
				t.Fatal(err)
			}
			if _, err := out.WriteTo(discard{}); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			d := ran{code: cmd.ProcessState.ExitCode(), stdout: string(text), stderr: stderr.String()}.parse(t, sim.labels)
			if d.ExitCode != 0 || d.Summary.ByStatus[fleet.StatusOK] != 240 {
				t.Errorf("exit code %d, %v", d.ExitCode, d.Summary.ByStatus)
			}
			named := false
			for _, w := range d.Workers {
				named = named || w.PID == victim && c.ended(w.Exit, w.Signal, w.Stderr)
			}
			if !named {
				t.Errorf("the report does not say how worker %d ended: %+v", victim, d.Workers)
			}
			if !strings.Contains(stderr.String(), fmt.Sprintf("(pid %d)", victim)) {
				t.Errorf("stderr does not name it:\n%s", &stderr)
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// TestF47PoisonCostsOnlyItself: a host that brings down every worker that visits it is lost, and costs only itself.
func TestF47PoisonCostsOnlyItself(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Poison: true, Faults: []simulate.Fault{{Kind: simulate.Poison, Count: 3}}})
	for _, strategy := range []string{"hybrid", "processes"} {
		r := run(t, sim.collect(t, "-o", "json", "-n", "2", "--strategy", strategy))
		d := r.parse(t, sim.labels)
		for i, h := range d.Hosts {
			want := fleet.StatusOK
			if sim.hosts[i].Fault == simulate.Poison {
				want = fleet.StatusLost
			}
			if h.Status != want {
				t.Errorf("%s: %s is %s, want %s: %s", strategy, h.Host, h.Status, want, h.Error)
			}
		}
		if r.code != 3 || !strings.Contains(r.stderr, "panic: poison") {
			t.Errorf("%s: exit code %d, stderr:\n%s", strategy, r.code, r.stderr)
		}
	}
}

// The first signal stops a run, which then says what is known within a second; the code says which signal it was.
func TestF66SignalsEndARun(t *testing.T) {
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			sim := simulateFleet(t, simulate.Config{Hosts: 200, Latency: 50 * time.Millisecond, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 20}}})
			report := filepath.Join(t.TempDir(), "report.json")
			cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson", "-o", "json="+report)
			workers, out := midway(t, cmd)
			sent := time.Now()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			out.WriteTo(discard{})
			cmd.Wait()
			if took := time.Since(sent); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			d := ran{code: cmd.ProcessState.ExitCode(), stdout: string(text)}.parse(t, sim.labels)
			if d.ExitCode != code || !strings.HasPrefix(d.ExitReason, "interrupted: ") || d.Summary.ByStatus[fleet.StatusSkipped] == 0 {
				t.Errorf("exit code %d, want %d: %s, %v", d.ExitCode, code, d.ExitReason, d.Summary.ByStatus)
			}
			noneLives(t, workers)
		})
	}
}

// A second signal does not wait for anybody: the run ends within 200 ms.
func TestF65SecondSignalEndsNow(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 50 * time.Millisecond})
	cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson")
	workers, _ := midway(t, cmd)
	for _, pid := range workers {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil { // so that asking them to stop does not help
			t.Fatal(err)
		}
	}
	sent := time.Now()
	for range 2 {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait()
	if took := time.Since(sent); took > 200*time.Millisecond+2*time.Second || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("exit code %d after %v", cmd.ProcessState.ExitCode(), took)
	}
	noneLives(t, workers)
}

// noneLives checks that none of these processes lives; a zombie may be left of them.
func noneLives(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if _, _, state := stat(fmt.Sprintf("/proc/%d/stat", pid)); state != "Z" {
			t.Errorf("process %d lives on", pid)
		}
	}
}

// When whoever reads our output goes, so do we, quietly, with 141, and the workers; the journal has what was reported.
func TestF68ReaderGone(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 300, Latency: 30 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "journal")
	cmd := sim.collect(t, "-n", "4", "-f", "2", "-l", "root", "-o", "ndjson", "--journal", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	first, _ := bufio.NewReader(read).ReadString('\n')
	workers := processes(t, cmd.Process.Pid)
	read.Close()
	began := time.Now()
	cmd.Wait()
	noneLives(t, workers)
	if code := cmd.ProcessState.ExitCode(); code != 141 || stderr.Len() > 0 || time.Since(began) > soon {
		t.Errorf("exit code %d, stderr %q, after %v", code, &stderr, time.Since(began))
	}
	var seen fleet.Outcome
	if err := json.Unmarshal([]byte(first), &seen); err != nil {
		t.Fatal(err)
	}
	if began, done := entered(t, path, sim.hosts)[seen.Host]; !done || !began.Equal(*seen.StartedAt) {
		t.Errorf("%s was reported, and is in the journal: %v", seen.Host, done)
	}
}

// Nobody waits for ever for whoever does not read the report: two signals end a run that is stuck in writing, and its
// exit code says so.
func TestSignalsWhileTheReportIsWritten(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 500})
	for _, args := range [][]string{{"-o", "json"}, {"-o", "ndjson", "--deadline", "2s"}} {
		cmd := sim.collect(t, args...)
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout = write
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		write.Close()
		code := 124
		if len(args) == 2 {
			code = 143
			// The first bytes come when the report is being written; a pipe does not hold the rest.
			if _, err := read.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
		}
		began := time.Now()
		cmd.Wait()
		read.Close()
		if took := time.Since(began); cmd.ProcessState.ExitCode() != code || took > 2*time.Second+2*time.Second+2*time.Second {
			t.Errorf("%q: exit code %d after %v", args, cmd.ProcessState.ExitCode(), took)
		}
	}
}

// A signal that comes before there is anything to clean up ends the program as it ends any other.
func TestSignalBeforeTheRun(t *testing.T) {
	cmd := musterCmd(t, "hosts", "-H", "-")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", cmd.ProcessState)
	}
}

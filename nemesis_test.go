package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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
			switch err := syscall.Kill(o.WorkerPID, syscall.SIGKILL); {
			case err == nil:
				killed++
			case !errors.Is(err, syscall.ESRCH): // it has just ended: another's turn
				t.Fatal(err)
			}
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
		t.Parallel()
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

// TestNemesis disturbs runs over a simulated fleet as a seed says: it kills, stops, continues, terminates and crashes
// workers, stops and continues the parent, sometimes interrupts it, and sometimes kills it: then another goes on with its
// journal. In the end only the report, the journal and /proc are looked at: each host is there once, as it is or as the harm
// done explains, the exit code follows from the report, and no process is left.
func TestNemesis(t *testing.T) {
	for seed := range tier.Times(2, 20, 20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			torment(t, nemesisFleet(t), uint64(seed))
		})
	}
}

// TestNemesisForLong goes on with seed after seed for as long as MUSTER_NEMESIS says, ten minutes by itself: what each run
// takes of memory, and what serves them all of descriptors and goroutines, stays as it was after the first.
func TestNemesisForLong(t *testing.T) {
	if tier.Times(0, 0, 1) == 0 {
		return
	}
	lasts := 10 * time.Minute
	if text := os.Getenv("MUSTER_NEMESIS"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	sim := nemesisFleet(t)
	held := func() (descriptors, goroutines int) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list), runtime.NumGoroutine()
	}
	var descriptors, goroutines, seed int
	var memory []int64
	for began := time.Now(); time.Since(began) < lasts && !t.Failed(); seed++ {
		memory = append(memory, torment(t, sim, uint64(seed)))
		if seed == 0 {
			descriptors, goroutines = held()
			continue
		}
		// Connections of workers that were killed end a moment later.
		eventually(t, soon, func() string {
			if d, g := held(); d > descriptors+10 || g > goroutines+20 {
				return fmt.Sprintf("seed %d: %d descriptors, %d goroutines; at first %d, %d", seed, d, g, descriptors, goroutines)
			}
			return ""
		})
	}
	if first, last := slices.Max(memory[:len(memory)/2+1]), slices.Max(memory[len(memory)/2:]); last > first+first/4 {
		t.Errorf("a run takes %d MiB, at first %d", last>>20, first>>20)
	}
	t.Logf("%d runs", seed)
}

// nemesisFleet is a fleet of which some hosts are not well, in ways that take no time to see.
func nemesisFleet(t *testing.T) simulated {
	return simulateFleet(t, simulate.Config{Hosts: 150, Latency: 10 * time.Millisecond, Faults: []simulate.Fault{
		{Kind: simulate.Refuse, Count: 5}, {Kind: simulate.WrongKey, Count: 5}, {Kind: simulate.AuthRefuse, Count: 5}, {Kind: simulate.Garbage, Count: 5},
	}})
}

// torment disturbs one run and checks what came of it. It returns the most memory that the parent held.
func torment(t *testing.T, sim simulated, seed uint64) int64 {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	one := func(in int) bool { return random.IntN(in) == 0 }
	upTo := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d))) }

	strategy := []string{"hybrid", "processes"}[random.IntN(2)]
	steal := "--steal=" + strconv.FormatBool(one(2))
	journal := filepath.Join(t.TempDir(), "journal")
	var cmd *exec.Cmd
	var ended chan struct{}
	var stdout, stderr bytes.Buffer
	start := func() {
		cmd = sim.collect(t, "-l", "root", "-o", "json", "--strategy", strategy, steal, "-n", strconv.Itoa(2+random.IntN(4)), "--journal", journal, "--resume")
		stdout.Reset()
		stderr.Reset()
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		ended = done
		go func(cmd *exec.Cmd) { cmd.Wait(); close(done) }(cmd)
	}
	start()
	// Until d has passed or the run has ended, which it reports.
	wait := func(d time.Duration) bool {
		select {
		case <-ended:
			return true
		case <-time.After(d):
			return false
		}
	}

	seen := map[int]bool{}
	var harm int
	var interrupt syscall.Signal
	for !wait(50*time.Millisecond + upTo(200*time.Millisecond)) {
		workers := processes(t, cmd.Process.Pid)
		for _, pid := range workers {
			seen[pid] = true
		}
		if len(workers) == 0 {
			continue
		}
		victim := workers[random.IntN(len(workers))]
		switch signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGSEGV, syscall.SIGSTOP}[random.IntN(4)]; {
		case one(10):
			cmd.Process.Signal(syscall.SIGSTOP)
			wait(upTo(time.Second))
			cmd.Process.Signal(syscall.SIGCONT)
		case one(40) && interrupt == 0:
			interrupt = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[random.IntN(3)]
			cmd.Process.Signal(interrupt)
		case one(30):
			cmd.Process.Kill()
			<-ended
			start()
		case signal == syscall.SIGSTOP && !one(5):
			syscall.Kill(victim, signal)
			wait(upTo(time.Second))
			syscall.Kill(victim, syscall.SIGCONT)
		case harm < 12:
			harm++
			syscall.Kill(victim, signal)
		}
	}

	d := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}.parse(t, sim.labels)
	want := map[simulate.Kind]fleet.Status{
		"": fleet.StatusOK, simulate.Refuse: fleet.StatusRefused, simulate.WrongKey: fleet.StatusHostKey,
		simulate.AuthRefuse: fleet.StatusAuth, simulate.Garbage: fleet.StatusParse,
	}
	stopped := strings.HasPrefix(d.ExitReason, "interrupted: ") || strings.Contains(d.ExitReason, "worker start: ")
	for i, h := range d.Hosts {
		switch {
		case h.Status == want[sim.hosts[i].Fault]:
		case h.Status == fleet.StatusLost && harm >= 2:
		case h.Status.Unfinished() && (stopped || harm >= 5):
		default:
			t.Errorf("seed %d: %s, %q, is %s (%s) after %d harms", seed, h.Host, sim.hosts[i].Fault, h.Status, h.Error, harm)
		}
	}
	if n, done := len(entered(t, journal, sim.hosts)), len(d.Hosts)-d.Summary.ByStatus[fleet.StatusSkipped]-d.Summary.ByStatus[fleet.StatusCanceled]; n != done {
		t.Errorf("seed %d: the journal has %d hosts, the report %d", seed, n, done)
	}
	if code := codeOf(d, interrupt); d.ExitCode != code {
		t.Errorf("seed %d: exit code %d (%s), by the report %d", seed, d.ExitCode, d.ExitReason, code)
	}
	eventually(t, time.Second+2*time.Second, func() string {
		for pid := range seen {
			if args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); string(args) == "muster\x00worker\x00" {
				return fmt.Sprintf("seed %d: worker %d lives on", seed, pid)
			}
		}
		return ""
	})
	if t.Failed() {
		t.Logf("seed %d, stderr:\n%s", seed, &stderr)
	}
	return d.Run.MaxRSSBytes
}

// codeOf is the exit code that follows from a report, and from the signal that was sent to its run.
func codeOf(d document, interrupt syscall.Signal) int {
	has := func(statuses ...fleet.Status) bool {
		return slices.ContainsFunc(statuses, func(s fleet.Status) bool { return d.Summary.ByStatus[s] > 0 })
	}
	switch {
	case strings.HasPrefix(d.ExitReason, "interrupted: "):
		return 128 + int(interrupt)
	case strings.Contains(d.ExitReason, "worker start: "):
		return 1
	case has(fleet.StatusLost, fleet.StatusSkipped, fleet.StatusCanceled, fleet.StatusTimeout):
		return 3
	case has(fleet.StatusRefused, fleet.StatusHostKey, fleet.StatusAuth):
		return 4
	}
	return 5
}

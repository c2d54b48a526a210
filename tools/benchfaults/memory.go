package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"muster/tools/tree"
)

const (
	flood     = "yes | head -c 2147483648"
	floodTime = 60 * time.Second
	cageBytes = 1_000_000_000
)

// endless has one job print far more than there is memory for, and says how much memory the tool took.
func (b *bench) endless(t tool) (string, error) {
	cage, err := newCage(cageBytes)
	if err != nil {
		return "not measured: " + err.Error(), nil
	}
	defer os.Remove(cage.dir)
	words := append([]string{"sh", "-c", `echo $$ >"$0" && exec "$@"`, filepath.Join(cage.dir, "cgroup.procs")}, t.jobs(flood, items[:1]...)...)
	cmd := b.command(words...)
	defer os.RemoveAll(cmd.Dir)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began := time.Now()
	peak := 0
	for poll := time.NewTicker(10 * time.Millisecond); ; {
		select {
		case <-poll.C:
			peak = max(peak, private(append(tree.Below(cmd.Process.Pid, 0), tree.Process{PID: cmd.Process.Pid})))
			if time.Since(began) < floodTime {
				continue
			}
			cmd.Process.Kill()
			<-ended
			err = tree.EndAll(b.fleet)
		case <-ended:
			err = tree.EndAll(b.fleet)
		}
		break
	}
	cell := fmt.Sprintf("%d MB", (peak+500_000)/1_000_000)
	switch killed := cage.killed(); {
	case killed:
		cell += ", then the OOM killer came"
	case time.Since(began) >= floodTime:
		cell += fmt.Sprintf(", not done after %v", floodTime)
	}
	return cell, err
}

// private is how much memory of their own processes hold, in bytes.
func private(processes []tree.Process) int {
	sum := 0
	for _, p := range processes {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
				kb, _ := strconv.Atoi(strings.Fields(value)[0])
				sum += kb << 10
			}
		}
	}
	return sum
}

// cage is a memory cgroup.
type cage struct{ dir, events string }

// newCage makes one, of either version, with a limit in bytes.
func newCage(limit int) (cage, error) {
	for _, version := range []struct{ root, needs, limit, events string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.limit_in_bytes", "memory.oom_control"},
		{"/sys/fs/cgroup", "cgroup.controllers", "memory.max", "memory.events"},
	} {
		if _, err := os.Stat(filepath.Join(version.root, version.needs)); err != nil {
			continue
		}
		dir := filepath.Join(version.root, fmt.Sprintf("muster-bench-faults-%d", os.Getpid()))
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, version.limit), []byte(strconv.Itoa(limit)), 0)
		}
		return cage{dir, filepath.Join(dir, version.events)}, err
	}
	return cage{}, exec.ErrNotFound
}

// killed reports whether a process in the cage was killed for want of memory.
func (c cage) killed() bool {
	text, _ := os.ReadFile(c.events)
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return count != "0"
		}
	}
	return false
}

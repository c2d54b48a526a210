package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/internal/child"
	"muster/internal/compare"
)

// What a sample says of CPU is what GNU time says of the same run, by a wait of its own.
func TestCompareCPUAgreesWithGNUTime(t *testing.T) {
	if program := missing(t, "time"); program != "" {
		t.Skipf("%s is not installed", program)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	muster, said := filepath.Join(dir, "muster"), filepath.Join(dir, "time")
	if err := os.Symlink(self, muster); err != nil {
		t.Fatal(err)
	}
	for _, strategy := range []string{"threads", "processes"} {
		sample, err := compare.Taker{
			Program: child.Spec{Path: "time", Env: musterCmd(t).Env},
			Job: func(arm compare.Arm) []string {
				return append([]string{"-o", said, "-f", "%U %S", muster, "synthetic", "cpu", "400", "-o", "json"}, arm.Args()...)
			},
			Ready: func(compare.Arm) error { return nil },
		}.Take(t.Context(), compare.Arm{Strategy: strategy, Chunks: 2, Fanout: 1})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(said)
		if err != nil {
			t.Fatal(err)
		}
		var user, system float64
		if _, err := fmt.Sscan(string(text), &user, &system); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if ratio := sample.CPUSeconds() / (user + system); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s: %.2f s of CPU, GNU time has %.2f s", strategy, sample.CPUSeconds(), user+system)
		}
		t.Logf("%s: %.3f s of CPU, GNU time has %.2f s", strategy, sample.CPUSeconds(), user+system)
	}
}

// What a run says of its memory is what somebody sees who looks at all its processes again and again.
func TestCompareMemoryAgreesWithASampler(t *testing.T) {
	strategies := []string{"--strategy=threads"}
	if os.Getuid() == 0 { // workers hide theirs from all but root
		strategies = append(strategies, "--strategy=processes", "--strategy=hybrid")
	}
	for _, strategy := range strategies {
		for _, kind := range []string{"cpu", "shared"} {
			cmd := musterCmd(t, "synthetic", kind, "200", strategy, "-n", "3", "-o", "json")
			out := starts(t, cmd)
			var text []byte
			read := make(chan struct{})
			go func() {
				text, _ = io.ReadAll(out)
				close(read)
			}()
			peak, sum := watchMemory(cmd.Process.Pid, read)
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			var d document
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			most := d.Run.MaxRSSBytes
			for _, w := range d.Workers {
				if w.MaxRSSBytes != nil {
					most = max(most, *w.MaxRSSBytes)
				}
			}
			agree := func(what string, said, seen int64) {
				if ratio := float64(said) / float64(seen); ratio < 0.9 || ratio > 1.1 {
					t.Errorf("%s %s: %s of %d bytes, seen were %d", kind, strategy, what, said, seen)
				}
			}
			agree("a peak", most, peak)
			agree("a sum", d.Run.SumPSSBytes, sum)
			t.Logf("%s %s: peak %d bytes, seen %d; sum %d, seen %d", kind, strategy, most, peak, d.Run.SumPSSBytes, sum)
		}
	}
}

// watchMemory looks at a process and its children until done is closed, and returns the greatest peak of one and the
// greatest sum of all shares.
func watchMemory(pid int, done <-chan struct{}) (peak, sum int64) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		var all int64
		for _, p := range append(strings.Fields(childrenOf(pid)), fmt.Sprint(pid)) {
			peak = max(peak, kilobytesOf(p, "status", "VmHWM:"))
			all += kilobytesOf(p, "smaps_rollup", "Pss:")
		}
		sum = max(sum, all)
		select {
		case <-done:
			return peak, sum
		case <-tick.C:
		}
	}
}

// childrenOf lists the children of all threads of a process.
func childrenOf(pid int) string {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var all strings.Builder
	for _, file := range files {
		text, _ := os.ReadFile(file)
		all.Write(text)
	}
	return all.String()
}

// kilobytesOf reads a figure of a process, in bytes; 0 where it has gone.
func kilobytesOf(pid, file, name string) int64 {
	text, _ := os.ReadFile(filepath.Join("/proc", pid, file))
	_, after, _ := strings.Cut(string(text), "\n"+name)
	var kb int64
	fmt.Sscan(after, &kb)
	return kb << 10
}

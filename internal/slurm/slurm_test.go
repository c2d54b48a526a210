package slurm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/child"
)

// fake puts commands in front of all others, as shell scripts, and returns their directory.
func fake(t *testing.T, commands map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range commands {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func TestCommand(t *testing.T) {
	e := New("RUN", "", []string{"--partition=main"})
	argv := e.Command(7, 2)
	for _, want := range []string{"--job-name=muster-RUN-2-7", "--cpus-per-task=1", "--exact", "--disable-status", "--partition=main"} {
		if !slices.Contains(argv, want) {
			t.Errorf("%q lacks %s", argv, want)
		}
	}
	if !slices.Equal(argv[len(argv)-3:], keepLast) {
		t.Errorf("%q", argv)
	}
	if argv := New("RUN", "", []string{"-c", "4"}).Command(1, 0); slices.Contains(argv, "--cpus-per-task=1") {
		t.Errorf("%q", argv)
	}
}

// Nodes that failed are left out, by names that are names, until nothing starts without them, or Slurm must know itself.
func TestNodes(t *testing.T) { synctest.Test(t, testNodes) }

func testNodes(t *testing.T) {
	e := New("RUN", "", nil)
	excluded := func() string {
		for _, arg := range e.Command(1, 0) {
			if nodes, ok := strings.CutPrefix(arg, "--exclude="); ok {
				return nodes
			}
		}
		return ""
	}
	for _, node := range []string{"node1", "node1", "", "a,b", "a b", "node[1-9]"} {
		e.NodeFailed(node)
	}
	e.LaunchFailed(child.Exit{StderrHead: "srun: error: Task launch for StepId=7.0 failed on node node2: Communication connection failure\n"})
	if got := excluded(); got != "node1,node2" {
		t.Errorf("left out: %q", got)
	}
	time.Sleep(remembered / 2)
	e.NodeFailed("node2")
	time.Sleep(remembered / 2)
	if got := excluded(); got != "node2" {
		t.Errorf("left out after a while: %q", got)
	}
	e.LaunchFailed(child.Exit{StderrHead: "srun: error: Unable to allocate resources: Requested node configuration is not available\n"})
	if got := excluded(); got != "" {
		t.Errorf("left out: %q", got)
	}
}

// Nodes that the user leaves out stay so.
func TestWithout(t *testing.T) {
	for args, want := range map[string]string{
		"":                 "--exclude=n1,n2",
		"-p x":             "-p x --exclude=n1,n2",
		"--exclude=a -p x": "--exclude=a,n1,n2 -p x",
		"--exclude a -p x": "--exclude a,n1,n2 -p x",
		"-p x -x a":        "-p x -x a,n1,n2",
		"-xa":              "-xa,n1,n2",
		"-p --exclude":     "-p --exclude,n1,n2",
		"--exclusive -p x": "--exclusive -p x --exclude=n1,n2",
	} {
		given := strings.Fields(args)
		if got := strings.Join(without(given, []string{"n1", "n2"}), " "); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
		if got := strings.Join(given, " "); got != args || strings.Join(without(given, nil), " ") != args {
			t.Errorf("%q: is %q now", args, got)
		}
	}
}

func TestEnviron(t *testing.T) {
	environ := []string{"PATH=/bin", "SLURM_CONF=/c", "SLURM_JOB_ID=7", "SLURM_NTASKS=3", "SLURM_STDOUTMODE=x", "SRUN_DEBUG=1"}
	if got, want := New("RUN", "7", nil).Environ(environ), "PATH=/bin SLURM_CONF=/c SLURM_JOB_ID=7 SLURM_EXIT_ERROR=222"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
	if got := New("RUN", "", nil).Environ(environ); slices.Contains(got, "SLURM_JOB_ID=7") {
		t.Errorf("%q", got)
	}
}

// Of jobs those wait that are said to; of steps those that are not said to have begun. Where nobody tells, nobody waits.
func TestQueued(t *testing.T) {
	dir := fake(t, map[string]string{"squeue": `echo "1 muster-RUN-0-1"`})
	for job, want := range map[string][]bool{"": {true, false}, "7": {false, true}} {
		e := New("RUN", job, nil)
		e.Command(1, 0)
		e.Command(2, 1)
		e.Queued(1)
		e.look(t.Context())
		e.Command(3, 2) // of which nothing is known yet
		if got := []bool{e.Queued(1), e.Queued(2), e.Queued(3)}; !slices.Equal(got, append(want, false)) {
			t.Errorf("allocation %q: waiting: %v", job, got)
		}
		os.Rename(filepath.Join(dir, "squeue"), filepath.Join(dir, "was"))
		fake(t, map[string]string{"squeue": "exit 1"})
		e.look(t.Context())
		if e.Queued(1) || e.Queued(2) {
			t.Errorf("allocation %q: some wait though nobody says so", job)
		}
		dir = fake(t, map[string]string{"squeue": `echo "1 muster-RUN-0-1"`})
	}
}

// What a run leaves is cancelled: by itself at its end, or, where it could not, by the next, but not while it lives.
func TestLeftovers(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	dir := fake(t, map[string]string{
		"squeue":  `echo "1 muster-DEAD-0-1"; echo "2 muster-LIVING-0-1"; echo "3 other"`,
		"scancel": `echo "$@" >>"$0.log"`,
	})
	cancelled := func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "scancel.log"))
		os.Remove(filepath.Join(dir, "scancel.log"))
		return strings.TrimSpace(string(text))
	}
	records, err := recordsDir()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := keep(records, "DEAD", "")
	if err != nil {
		t.Fatal(err)
	}
	living := New("LIVING", "", nil)
	if doubts := living.Start(t.Context()); len(doubts) > 0 || cancelled() != "" {
		t.Errorf("%q", doubts)
	}
	dead.file.Close() // as a kill does
	next := New("NEXT", "", nil)
	doubts := next.Start(t.Context())
	if got := cancelled(); got != "1" || fmt.Sprint(doubts) != "[slurm: cancelled 1 jobs or steps that runs before have left]" {
		t.Errorf("cancelled %q, %q", got, doubts)
	}
	for _, e := range []*Engine{next, living} {
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got := cancelled(); got != "2" {
		t.Errorf("cancelled %q", got)
	}
	if left, _ := os.ReadDir(records); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Where there is no Slurm there is nothing to cancel, nor to complain of.
func TestNoSlurm(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	e := New("RUN", "", nil)
	if doubts := e.Start(t.Context()); len(doubts) > 0 {
		t.Errorf("%q", doubts)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(e.record.path); err == nil {
		t.Error("its record is left")
	}
}

// A controller that does not answer holds nobody up, and leaves the records, of this run and of one that was killed, to the
// next.
func TestNoController(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	fake(t, map[string]string{"squeue": "exec sleep 1000"})
	records, err := recordsDir()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := keep(records, "DEAD", "")
	if err != nil {
		t.Fatal(err)
	}
	dead.file.Close()
	e := New("RUN", "", nil)
	want := "[slurm: what runs before may have left is for the next to cancel: squeue: no answer]"
	const patience = 100 * time.Millisecond
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("no answer"))
	defer cancel()
	began := time.Now()
	if doubts := e.Start(ctx); fmt.Sprint(doubts) != want {
		t.Errorf("%q", doubts)
	}
	if err := e.Close(ctx); err == nil || err.Error() != "squeue: no answer" || time.Since(began) > patience+drain+2*time.Second {
		t.Error(err, time.Since(began))
	}
	for _, r := range []*record{e.record, dead} {
		if _, err := os.Stat(r.path); err != nil {
			t.Error(err)
		}
	}
}

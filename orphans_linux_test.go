package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/simulate"
	"muster/internal/tier"
)

// However muster dies, nothing that it started lives on for more than a second: neither workers, nor scripts, nor what those
// started in sessions of their own.
func TestI9NothingOutlivesMuster(t *testing.T) {
	t.Parallel()
	mark := fmt.Sprint(time.Now().UnixNano()) // in the arguments of all that scripts start
	script := "setsid sh -c 'while :; do sleep 1000.$1; done' sh $1 & sleep 2000.$1 & exec sleep 3000.$1"
	cmd := musterCmd(t, "run", "--items", "a", "b", "c", "-n", "3", "--", "sh", "-c", script, "sh", mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	eventually(t, soon, func() string { // three of each script, and what the loops run
		if all := marked(t, mark); len(all) < 3*4 {
			return fmt.Sprintf("%d processes", len(all))
		}
		return ""
	})
	workers := processes(t, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	eventually(t, time.Second+2*time.Second, func() string {
		left := marked(t, mark)
		for _, pid := range workers {
			if _, _, state := stat(fmt.Sprintf("/proc/%d/stat", pid)); state != "Z" {
				left = append(left, pid)
			}
		}
		if len(left) > 0 {
			return fmt.Sprintf("processes live on: %v", left)
		}
		return ""
	})
}

// marked lists the living processes, zombies left out, whose arguments have this mark.
func marked(t *testing.T, mark string) (pids []int) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		args, _ := os.ReadFile(file)
		pid, parent, state := stat(filepath.Dir(file) + "/stat")
		if bytes.Contains(args, []byte(mark)) && state != "Z" && pid != os.Getpid() && !bytes.HasPrefix(args, []byte("muster\x00")) && parent != 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// As the first process of a container muster becomes the parent of strangers, which do not disturb it; and it ends, as
// elsewhere, when its hosts or scripts are done, and with a signal.
func TestPID1(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root makes pid namespaces")
	}
	tier.Needs(t, "unshare")
	sim := simulateFleet(t, simulate.Config{Hosts: 40, Latency: 5 * time.Millisecond})
	// Before it becomes muster, the shell leaves an orphan that ends while muster is at work, and one that does not.
	inside := `exec unshare -pf --mount-proc sh -c '(sleep 0.1 &) ; (sleep 4000 &) ; exec "$@"' sh "$@"`
	allOK(t, sim, run(t, byShell(t, inside, sim.collect(t, "-n", "2", "-f", "2", "-o", "json"))))
	for code, script := range map[int]string{0: "setsid sleep 4000 & sleep 0.2", 143: "kill -TERM 1; sleep 4000"} {
		r := run(t, byShell(t, inside, musterCmd(t, "run", "--items", "a", "b", "-n", "2", "--", "sh", "-c", script)))
		if r.code != code {
			t.Errorf("%s: exit code %d:\n%s%s", script, r.code, r.stdout, r.stderr)
		}
	}
}

// A muster whose file is replaced, or removed, while it runs goes on as what it is: workers that take the place of others
// are the same program.
func TestF82ReplacedMidway(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{"replaced": {"mv", "new"}, "removed": {"rm"}} {
		t.Run("F82 "+name, func(t *testing.T) {
			t.Parallel()
			sim := simulateFleet(t, simulate.Config{Hosts: 80, Latency: 40 * time.Millisecond})
			dir := t.TempDir()
			program := filepath.Join(dir, "muster")
			shell := func(words ...string) { // copied by another process, or a fork of ours might keep it open for writing
				cmd := exec.Command(words[0], words[1:]...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%q: %v: %s", words, err, out)
				}
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			shell("cp", self, program)
			shell("cp", "/bin/false", "new")
			report := filepath.Join(dir, "report")
			cmd := sim.collect(t, "-n", "4", "-f", "2", "-o", "ndjson", "-o", "json="+report)
			cmd.Path, cmd.Args[0] = program, program
			workers, out := midway(t, cmd)
			shell(append(slices.Clone(change), program)...)
			if err := syscall.Kill(workers[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, soon, func() string {
				for _, pid := range processes(t, cmd.Process.Pid) {
					image, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
					if !slices.Contains(workers, pid) && (os.Getuid() != 0 || strings.HasPrefix(image, program) && strings.HasSuffix(image, " (deleted)")) {
						return ""
					}
				}
				return "no worker in the place of the killed one"
			})
			out.WriteTo(discard{})
			cmd.Wait()
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			allOK(t, sim, ran{code: cmd.ProcessState.ExitCode(), stdout: string(text)})
		})
	}
}

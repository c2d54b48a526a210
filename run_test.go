package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// runItems has a script count each chunk of items and say which it got.
func runItems(t *testing.T, items []string, args ...string) document {
	t.Helper()
	cmd := musterCmd(t, slices.Concat([]string{"run", "--items", "-H", "-", "-o", "json", "--max-output", "64MiB"}, args, []string{"--", "cat"})...)
	cmd.Stdin = strings.NewReader(strings.Join(items, "\n"))
	r := run(t, cmd)
	d := r.parse(t, nil)
	if r.code != 0 || d.Summary.Hosts != len(items) || d.Summary.ByStatus[fleet.StatusOK] != len(items) {
		t.Fatalf("exit code %d, %+v, stderr:\n%s", r.code, d.Summary, r.stderr)
	}
	return d
}

// Every item reaches one script, in order, as it is and however often it occurs, whatever the number of chunks.
func TestRunItems(t *testing.T) {
	items := func(n int) []string {
		var all []string
		for i := range n {
			all = append(all, strconv.Itoa(i%60)) // so that most occur twice or more
		}
		return all
	}
	odd := []string{" a  b", "", "c\r", "\x00\xff", "", "$(id)", "-n", "[1-3]", "x,y"}
	for _, tt := range []struct {
		items        []string
		chunks, want int
	}{
		{items(100), 1, 1},
		{items(100), 4, 4},
		{items(100), 7, 7},
		{items(100), 100, 100},
		{items(2), 3, 2},
		{items(20_000), 4, 4},
		{odd, 1, 1},
	} {
		t.Run(fmt.Sprintf("%d in %d", len(tt.items), tt.chunks), func(t *testing.T) {
			d := runItems(t, tt.items, "-n", strconv.Itoa(tt.chunks), "-P", "8")
			if len(d.Groups) != tt.want {
				t.Fatalf("%d groups, want %d", len(d.Groups), tt.want)
			}
			pids := map[int]bool{}
			for _, w := range d.Workers {
				pids[w.PID] = true
			}
			if len(pids) != tt.want {
				t.Errorf("%d worker processes, want %d", len(pids), tt.want)
			}
			for chunk, g := range d.Groups {
				var want []string
				for i := chunk; i < len(tt.items); i += tt.want {
					want = append(want, tt.items[i])
				}
				if got := strings.ToValidUTF8(strings.Join(want, "\n")+"\n", "\ufffd"); g.Stdout != got || g.Count != len(want) {
					t.Errorf("chunk %d of %d items got %.200q", chunk, g.Count, g.Stdout)
				}
			}
		})
	}
}

// brood is a script with a child, a grandchild, a child in a session of its own and a daemon, which says their numbers
// and goes on. None of them heeds SIGTERM.
const brood = `trap '' TERM
sleep 1000 & echo $!
sh -c 'sleep 1000 & echo $!; wait' &
setsid sh -c 'echo $$; exec sleep 1000' &
(setsid sh -c 'echo $$; exec sleep 1000' &)
echo $$
wait
sleep 1000`

// pidsOf reads the numbers that five members of a brood say, behind the tag of their chunk.
func pidsOf(t *testing.T, out *bufio.Reader) []int {
	t.Helper()
	var pids []int
	for range 5 {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		_, number, _ := strings.Cut(strings.TrimSpace(line), ": ")
		pid, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
		pids = append(pids, pid)
	}
	return pids
}

// startBrood starts muster with a brood and returns when all of it lives.
func startBrood(t *testing.T, args ...string) (cmd *exec.Cmd, out *bufio.Reader, pids []int, tmp string) {
	t.Helper()
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	tmp = t.TempDir()
	cmd = musterCmd(t, slices.Concat([]string{"run", "a", "b", "-n", "1", "--stream"}, args, []string{"--", "sh", "-c", brood})...)
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	out = starts(t, cmd)
	pids = pidsOf(t, out)
	return cmd, out, pids, tmp
}

// alive says who of pids lives, for eventually.
func alive(pids []int) func() string {
	return func() string {
		for _, pid := range pids {
			if _, _, state := stat(fmt.Sprintf("/proc/%d/stat", pid)); state != "Z" {
				return fmt.Sprintf("process %d lives on, state %s", pid, state)
			}
		}
		return ""
	}
}

// Whatever ends a script, or muster, or the worker in between, nothing that the script started is left after a second,
// and no file.
func TestNothingOfAScriptIsLeft(t *testing.T) {
	ends := map[string]struct {
		args []string
		end  func(t *testing.T, muster, worker int)
		code int // -1: killed
		says string
	}{
		"muster is killed": {nil, func(t *testing.T, muster, _ int) { syscall.Kill(muster, syscall.SIGKILL) }, -1, ""},
		"the worker is killed": {
			nil, func(t *testing.T, _, worker int) { syscall.Kill(worker, syscall.SIGKILL) }, 3, "lost",
		},
		"the worker is terminated": {
			nil, func(t *testing.T, _, worker int) { syscall.Kill(worker, syscall.SIGTERM) }, 3, "lost",
		},
		"its time is up": {[]string{"-u", "700ms"}, func(*testing.T, int, int) {}, 3, "timeout: not done within 700ms"},
		"the run's is":   {[]string{"--deadline", "900ms"}, func(*testing.T, int, int) {}, 124, "canceled"},
		"interrupt":      {nil, func(t *testing.T, muster, _ int) { syscall.Kill(muster, syscall.SIGINT) }, 130, "canceled"},
	}
	for name, tt := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, out, pids, tmp := startBrood(t, tt.args...)
			workers := processes(t, cmd.Process.Pid)
			if len(workers) != 1 {
				t.Fatalf("%d workers", len(workers))
			}
			began := time.Now()
			tt.end(t, cmd.Process.Pid, workers[0])
			var said strings.Builder
			out.WriteTo(&said)
			cmd.Wait()
			left := time.Second - time.Since(began)
			if len(tt.args) > 0 { // muster itself said when
				left = time.Second
			}
			eventually(t, max(left, 0)+2*time.Second, alive(append(pids, workers...)))
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(said.String(), tt.says) {
				t.Errorf("exit code %d, want %d; said\n%s", code, tt.code, &said)
			}
			eventually(t, 3*time.Second, func() string {
				if files, _ := filepath.Glob(filepath.Join(tmp, "*")); len(files) > 0 {
					return fmt.Sprintf("left behind: %q", files)
				}
				return ""
			})
		})
	}
}

// A script that ends well takes what it started with it as well.
func TestScriptsTakeTheirChildrenWithThem(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	script := strings.TrimSuffix(brood, "wait\nsleep 1000") // and then its end
	r := run(t, musterCmd(t, "run", "a", "-o", "json", "--", "sh", "-c", script+"sleep 0.3"))
	d := r.parse(t, []string{"a"})
	if r.code != 0 || len(d.Groups) != 1 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	var pids []int
	for line := range strings.Lines(d.Groups[0].Stdout) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) != 5 {
		t.Errorf("%d of the brood spoke", len(pids))
	}
	eventually(t, 2*time.Second, alive(pids))
}

// A group whose worker was killed is run again whole where retries are given.
func TestGroupRunsAgainAfterItsWorkerWasKilled(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	// The first attempt kills its worker, which is its parent.
	script := `cat; if mkdir ` + mark + ` 2>/dev/null; then kill -KILL $PPID; sleep 100; fi`
	r := run(t, musterCmd(t, "run", "a", "b", "c", "-n", "1", "--retries", "1", "-o", "json", "--", "sh", "-c", script))
	d := r.parse(t, []string{"a", "b", "c"})
	if r.code != 0 || d.Groups[0].Attempts != 2 || d.Groups[0].Stdout != "a\nb\nc\n" || len(d.Workers) != 2 {
		t.Errorf("exit code %d, %+v, stderr:\n%s", r.code, d.Groups, r.stderr)
	}
}

// What a script costs is in the report: CPU of what it waited for, memory of its whole tree.
func TestGroupCost(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("no /proc on this system")
	}
	// A grandchild that holds 40 MB for a while and works.
	script := `sh -c 'x=$(head -c 40000000 /dev/zero | tr "\0" x); i=0; while test $i -lt 200000; do i=$((i+1)); done; sleep 0.3'; true`
	r := run(t, musterCmd(t, "run", "a", "-o", "json", "--", "sh", "-c", script))
	g := r.parse(t, []string{"a"}).Groups[0]
	if g.UserSeconds == nil || *g.UserSeconds < 0.02 || g.MaxRSSBytes == nil || *g.MaxRSSBytes < 40_000_000 || *g.MaxRSSBytes > 1<<30 {
		t.Errorf("user %v, memory %v", g.UserSeconds, g.MaxRSSBytes)
	}
	if g.DurationMS == nil || *g.DurationMS < 300 {
		t.Errorf("duration %v", g.DurationMS)
	}
}

// Two workers that are terminated from outside while a group is at work blame nobody: it runs again, as often as that is
// asked for, and the report says what ended them.
func TestTerminatedWorkerIsNotBlamed(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	script := `echo $PPID; if mkdir ` + mark + ` 2>/dev/null; then kill -TERM $PPID; sleep 100; fi`
	r := run(t, musterCmd(t, "run", "a", "-n", "1", "--retries", "1", "-o", "json", "--", "sh", "-c", script))
	d := r.parse(t, []string{"a"})
	if r.code != 0 || d.Groups[0].Attempts != 2 || !strings.Contains(r.stderr, "exit status 143") {
		t.Errorf("exit code %d, %+v, stderr:\n%s", r.code, d.Groups, r.stderr)
	}
}

// A host whose worker is terminated from outside is no suspect: only the third time alone is one too many.
func TestTerminatedWorkerCostsNoHost(t *testing.T) {
	dir := t.TempDir()
	command := `n=$(ls ` + dir + ` | wc -l); test $n = 2 && { echo done; exit; }; mkdir ` + dir + `/$n; kill -TERM $PPID; sleep 100`
	r := run(t, musterCmd(t, "exec", "--local", "-o", "json", "--shell", command))
	d := r.parse(t, []string{"localhost"})
	if h := d.Hosts[0]; r.code != 0 || h.Status != fleet.StatusOK || *h.Stdout != "done\n" {
		t.Errorf("exit code %d, %s: %s, stderr:\n%s", r.code, h.Status, h.Error, r.stderr)
	}
}

// What a local command starts is its own as long as it runs, whatever becomes of other workers, and ends with its worker.
func TestLocalCommandAndItsChildren(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "said")
	// The second host's worker ends at once: nothing listens there.
	command := `(setsid sh -c "sleep 0.5; echo survived >` + file + `" >/dev/null 2>&1 &); sleep 1; cat ` + file
	sim := simulateFleet(t, simulate.Config{Hosts: 1}) // for its key
	r := run(t, musterCmd(t, "exec", "--local", "127.0.0.1", "-p", "1", "--strategy", "processes", "-n", "2", "-o", "json",
		sim.args[2], sim.args[3], sim.args[4], sim.args[5], "--retries", "0", "--shell", command))
	if d := r.parse(t, []string{"localhost", "127.0.0.1"}); d.Hosts[0].Stdout == nil || *d.Hosts[0].Stdout != "survived\n" {
		t.Errorf("%+v, stderr:\n%s", d.Hosts[0], r.stderr)
	}

	cmd := musterCmd(t, "exec", "--local", "--stream", "--shell", brood)
	pids := pidsOf(t, starts(t, cmd))
	cmd.Process.Kill()
	eventually(t, time.Second+2*time.Second, alive(pids))
	cmd.Wait()
}

// Files are written though nobody reads stdout, and stderr says what became of the report.
func TestFilesAreWrittenThoughNobodyReads(t *testing.T) {
	dir := t.TempDir()
	report, again := filepath.Join(dir, "r.json"), filepath.Join(dir, "again")
	cmd := musterCmd(t, "run", "a", "b", "-n", "1", "--deadline", "500ms", "-o", "table", "-o", "json="+report, "--failed-to", again,
		"--", "sh", "-c", "head -c 500000 /dev/zero; sleep 100")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = write, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 124 || !strings.Contains(stderr.String(), "deadline reached: 0 of 2 done") {
		t.Errorf("exit code %d, stderr:\n%s", code, &stderr)
	}
	if _, err := os.Stat(report); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(again); err != nil || string(text) != "a\nb\n" {
		t.Errorf("%q, %v", text, err)
	}
}

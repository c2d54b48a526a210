package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/journal"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// entered is when the visit began of each host that the journal at path has, by label; of a simulated fleet's hosts those
// are their addresses. A journal that is not there has none.
func entered(t testing.TB, path string, hosts []simulate.Host) map[string]time.Time {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	began := map[string]time.Time{}
	for _, h := range hosts {
		id := "root@" + h.Label
		if status, ok := j.Status(id); !ok || status.Unfinished() {
			continue
		}
		o, _, _, err := j.Past(id)
		if err != nil {
			t.Fatal(err)
		}
		began[h.Label] = time.Time{} // a lost host has no visit that ended
		if o.StartedAt != nil {
			began[h.Label] = *o.StartedAt
		}
	}
	if n := j.Hosts(); n < len(began) {
		t.Errorf("the journal has %d hosts, of which %d", n, len(began))
	}
	return began
}

// F63: muster is killed at any moment. Its workers are gone within a second; its journal is whole up to some record; the
// next run goes on from there and visits nobody again.
func TestF63ParentKilled(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 40, Latency: 5 * time.Millisecond})
	args := []string{"-n", "2", "-f", "4", "-l", "root", "-o", "json"}
	began := time.Now()
	if got := run(t, sim.collect(t, args...)); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	whole := time.Since(began)
	random := rand.New(rand.NewPCG(63, uint64(began.UnixNano())))
	midway := 0
	for range tier.Times(5, 50, 1000) {
		path := filepath.Join(t.TempDir(), "journal")
		args := append(args, "--journal", path, "--resume")
		killed := sim.collect(t, args...)
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Float64() * float64(whole))) // the moment is what is random here
		var left []int
		if killed.Process.Signal(syscall.SIGSTOP) == nil { // so that no more start
			left = processes(t, killed.Process.Pid)
		}
		killed.Process.Kill()
		killed.Wait()
		eventually(t, time.Second+2*time.Second, alive(left))

		before := entered(t, path, sim.hosts)
		resumed := run(t, sim.collect(t, args...))
		d := resumed.parse(t, sim.labels)
		if d.ExitCode != 0 || d.Run.DoneBefore != len(before) {
			t.Fatalf("killed with %d hosts done, then: %+v\n%s", len(before), d.Run, resumed.stderr)
		}
		if n := len(before); 0 < n && n < len(sim.hosts) {
			midway++
		}
		for _, h := range d.Hosts {
			if was, done := before[h.Host]; done && !h.StartedAt.Equal(was) {
				t.Errorf("%s was done at %v, and again at %v", h.Host, was, h.StartedAt)
			}
		}
		if after := entered(t, path, sim.hosts); len(after) != len(sim.hosts) {
			t.Errorf("the journal has %d of %d hosts in the end", len(after), len(sim.hosts))
		}
	}
	t.Logf("killed midway through the hosts %d times", midway)
}

// F69: the report cannot be written. The run says so and fails, and its journal is complete.
func TestF69FullStdout(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		tier.Lacks(t, err.Error())
	}
	defer full.Close()
	sim := simulateFleet(t, simulate.Config{Hosts: 20})
	for _, format := range []string{"table", "json", "ndjson"} {
		path := filepath.Join(t.TempDir(), "journal")
		cmd := sim.collect(t, "-l", "root", "--journal", path, "-o", format)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &stderr
		cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "muster: cannot write output: ") ||
			!strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%s: exit code %d, stderr:\n%s", format, code, stderr.String())
		}
		if n := len(entered(t, path, sim.hosts)); n != 20 {
			t.Errorf("%s: the journal has %d hosts", format, n)
		}
	}
}

// F73: a journal that is another's is refused before anybody is contacted.
func TestF73JournalRefused(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 3, Latency: time.Second})
	path := filepath.Join(t.TempDir(), "journal")
	collect := func(args ...string) ran {
		return run(t, sim.collect(t, append([]string{"-l", "root", "-o", "json", "--journal", path}, args...)...))
	}
	holder := sim.collect(t, "-l", "root", "--journal", path)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { holder.Process.Kill(); holder.Wait() })
	eventually(t, soon, func() string {
		if text, _ := os.ReadFile(path); bytes.Count(text, []byte("\n")) == 0 {
			return "no run has begun"
		}
		return ""
	})
	want := fmt.Sprintf("muster: journal: %s: in use by process %d\n", path, holder.Process.Pid)
	if got := collect(); got.code != 2 || got.stderr != want || got.stdout != "" {
		t.Errorf("%+v, want %q", got, want)
	}
	holder.Process.Kill()
	holder.Wait()
	before, _ := os.ReadFile(path)
	exec := run(t, sim.exec(t, "-l", "root", "--journal", path, "--resume", "--", "hostname"))
	want = "muster: journal " + path + " is of another job: its task is collect, not exec\n"
	if exec.code != 2 || exec.stderr != want {
		t.Errorf("%+v, want %q", exec, want)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a refused journal has changed")
	}
}

// F74: neither is a symbolic link followed, nor a journal kept where everybody can put another in its place.
func TestF74JournalElsewhere(t *testing.T) {
	dir := t.TempDir()
	link, open := filepath.Join(dir, "link"), filepath.Join(dir, "open")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		link:                  "a symbolic link",
		open + "/journal":     "everybody can write to its directory",
		dir:                   "is a directory",
		dir + "/none/journal": "no such file or directory",
	} {
		got := run(t, musterCmd(t, "collect", "--journal", path, "127.0.0.1:1"))
		if got.code != 2 || !strings.HasPrefix(got.stderr, "muster: journal: ") || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

// I13: what was interrupted and resumed, however often, says of each host what one undisturbed run does; and what went
// wrong is done again where that is asked for.
func TestResume(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 60, Faults: []simulate.Fault{
		{Kind: simulate.Refuse, Count: 5}, {Kind: simulate.Exit, Count: 4}, {Kind: simulate.Garbage, Count: 3},
	}})
	path := filepath.Join(t.TempDir(), "journal")
	collect := func(args ...string) document {
		return run(t, sim.collect(t, append([]string{"-l", "root", "-o", "json"}, args...)...)).parse(t, sim.labels)
	}
	undisturbed := collect()
	first := append(slices.Clone(sim.args), "-l", "root", "--journal", path, "-x", strings.Join(sim.labels[20:], ","))
	run(t, musterCmd(t, append([]string{"collect"}, first...)...))
	resumed := collect("--journal", path, "--resume")
	for i, h := range resumed.Hosts {
		if want := undisturbed.Hosts[i]; h.Status != want.Status || h.Phase != want.Phase || !equal(h.Load1, want.Load1) {
			t.Errorf("%s: %s, undisturbed %s", h.Host, h.Status, want.Status)
		}
	}
	if resumed.Run.DoneBefore != 20 || resumed.ExitCode != undisturbed.ExitCode {
		t.Errorf("%+v, exit code %d", resumed.Run, resumed.ExitCode)
	}
	again := collect("--journal", path, "--rerun-failed")
	for i, h := range again.Hosts {
		if was := resumed.Hosts[i]; h.StartedAt.Equal(*was.StartedAt) == h.Status.Failed() {
			t.Errorf("%s: %s, visited at %v and %v", h.Host, h.Status, was.StartedAt, h.StartedAt)
		}
	}
	if again.Run.DoneBefore != 48 {
		t.Errorf("%+v", again.Run)
	}
	sim.Close()
	if done := collect("--journal", path, "--resume"); done.Run.DoneBefore != 60 || done.ExitCode != undisturbed.ExitCode || len(done.Workers) != 0 {
		t.Errorf("%+v, exit code %d", done.Run, done.ExitCode)
	}
}

func equal[T comparable](a, b *T) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// A run that was stopped has hosts in its journal that were never started: they are not done.
func TestResumeAfterInterrupt(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Latency: 20 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "journal")
	args := []string{"-n", "4", "-f", "1", "-l", "root", "--journal", path, "-o", "ndjson"}
	cmd := sim.collect(t, args...)
	_, out := midway(t, cmd)
	cmd.Process.Signal(os.Interrupt)
	finished := 1
	for line, err := out.ReadBytes('\n'); err == nil; line, err = out.ReadBytes('\n') {
		var o fleet.Outcome
		if json.Unmarshal(line, &o); !o.Status.Unfinished() {
			finished++
		}
	}
	cmd.Wait()
	d := run(t, sim.collect(t, "-l", "root", "--journal", path, "--resume", "-o", "json")).parse(t, sim.labels)
	if d.ExitCode != 0 || d.Run.DoneBefore != finished || finished == 100 {
		t.Errorf("%d were done, then %+v, exit code %d", finished, d.Run, d.ExitCode)
	}
}

// What commands wrote in a run that was killed is in the report of the next; equal output is folded over both.
func TestResumeKeepsOutput(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 10})
	path := filepath.Join(t.TempDir(), "journal")
	first := append(slices.Clone(sim.args), "-l", "root", "--journal", path, "-x", strings.Join(sim.labels[4:], ","), "--", "uname", "-s")
	run(t, musterCmd(t, append([]string{"exec"}, first...)...))
	got := run(t, sim.exec(t, "-l", "root", "--journal", path, "--resume", "--", "uname", "-s"))
	if got.code != 0 || strings.Count(got.stdout, "Linux") != 1 || !strings.Contains(got.stdout, " (10)\n  Linux\n") {
		t.Errorf("%+v", got)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/compare"
)

// compared is `muster compare` of a script over a few items, the least work there is.
func compared(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := musterCmd(t, slices.Concat([]string{"compare", "--workload", "script", "--items", "-H", "-"}, args, []string{"--", "sh", "-c", script})...)
	cmd.Stdin = strings.NewReader("a\nb\nc\nd\n")
	return cmd
}

func comparison(t *testing.T, r ran) compare.Document {
	t.Helper()
	var d compare.Document
	decoder := json.NewDecoder(strings.NewReader(r.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("exit code %d, stderr:\n%s\n%v\n%s", r.code, r.stderr, err, r.stdout)
	}
	return d
}

// The document has all that the contract says, and what the raw samples come to is the same.
func TestCompareDocument(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "raw")
	r := run(t, compared(t, "cat >/dev/null", "--strategies", "serial,threads,processes", "--chunks", "2", "--rounds", "6", "--seed", "3", "--raw", raw, "-o", "json"))
	d := comparison(t, r)
	if r.code != 0 || d.Schema != "muster.compare/1" || d.Baseline != "serial" || d.Rounds != 6 || d.Seed != 3 || len(d.Arms) != 3 {
		t.Errorf("exit code %d, %+v", r.code, d)
	}
	if m := d.Machine; m.CPUs < 1 || m.MaxProcs < 1 || m.MaxFiles < 1 || m.Go == "" || m.Version == "" || m.StartedAt.IsZero() {
		t.Errorf("%+v", m)
	}
	for _, arm := range d.Arms {
		if len(arm.Samples) != 6 || arm.InFlight != arm.Chunks || arm.Refused != "" || arm.Median <= 0 || *arm.Low > arm.Median || *arm.High < arm.Median {
			t.Errorf("%+v", arm)
		}
		if baseline := arm.Strategy == "serial"; baseline != (arm.Ratio == nil) || baseline != (arm.P == nil) || baseline != (arm.Difference == "") {
			t.Errorf("%+v", arm)
		}
		for _, s := range arm.Samples {
			if s.Items != 4 || s.Failed != 0 || s.ByStatus["ok"] != 4 || s.WallSeconds <= 0 || s.CPUSeconds() <= 0 || s.SumPSSBytes < 1<<20 || s.MaxRSSBytes < 1<<20 {
				t.Errorf("%s: %+v", arm.Name(), s)
			}
		}
	}
	for _, name := range []string{`"in_flight"`, `"sum_pss_bytes"`, `"involuntary_switches"`, `"p_value"`, `"verdict"`, `"recommend"`, `"low_wall_seconds"`, `"ratio_high"`} {
		if !strings.Contains(r.stdout, name) {
			t.Errorf("no %s", name)
		}
	}
	again := run(t, musterCmd(t, "compare", "--from", raw, "-o", "json"))
	if again.code != 0 || again.stdout != r.stdout {
		t.Errorf("exit code %d %s, and not the same", again.code, again.stderr)
	}
	csv := run(t, musterCmd(t, "compare", "--from", raw, "-o", "csv"))
	if lines := strings.Count(csv.stdout, "\n"); lines != 1+3*6 {
		t.Errorf("%d lines of csv", lines)
	}
	if only := run(t, musterCmd(t, "compare", "--from", raw, "--recommend")); only.stdout != d.Recommend+"\n" || d.Recommend == "" {
		t.Errorf("recommends %q, the document %q", only.stdout, d.Recommend)
	}
}

// Arms whose outcomes differ are not compared, and the exit code says that something failed.
func TestCompareRefusesOtherOutcomes(t *testing.T) {
	r := run(t, compared(t, `cat >/dev/null; test "$MUSTER_CHUNK_COUNT" = 1`, "--strategies", "serial,processes", "--chunks", "2", "--rounds", "4", "-o", "json"))
	d := comparison(t, r)
	arm := d.Arms[1]
	if r.code != 5 || arm.Refused == "" || arm.Ratio != nil || arm.Difference != "" || d.Recommend != "" {
		t.Errorf("exit code %d, %+v", r.code, d)
	}
	if !strings.Contains(strings.Join(d.Verdict, "\n"), "processes -n 2 cannot be compared: 4 of 4 failed (4 exit)") {
		t.Errorf("%q", d.Verdict)
	}
}

// A run that does not come to its end is no sample: muster says what it said, and fails.
func TestCompareSampleFails(t *testing.T) {
	r := run(t, musterCmd(t, "compare", "nosuch.invalid", "--known-hosts", "/nowhere/known_hosts", "-i", "/nowhere/id"))
	if r.code != 1 || !strings.Contains(r.stderr, "muster: sample of ") || r.stdout != "" {
		t.Errorf("exit code %d\n%s%s", r.code, r.stderr, r.stdout)
	}
}

// A server that ends is muster's failure, not its hosts'.
func TestCompareServerEnds(t *testing.T) {
	cmd := musterCmd(t, "compare", "--workload", "net", "--latency", "5ms", "--strategies", "async", "--fanouts", "64", "--rounds", "1000")
	cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	starts(t, cmd)
	server := 0
	eventually(t, 30*time.Second, func() string {
		for _, pid := range processes(t, cmd.Process.Pid) {
			if args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); strings.Contains(string(args), "simulate") {
				server = pid
				return ""
			}
		}
		return "no server"
	})
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "server") {
		t.Errorf("exit code %d\n%s", code, &stderr)
	}
}

// A comparison that is stopped reports the rounds that are whole; nothing it started or made is left.
func TestCompareIsStopped(t *testing.T) {
	tmp := t.TempDir()
	cmd := compared(t, `echo "$PPID" >>`+tmp+`/started; [ "$(wc -l <`+tmp+`/started)" -lt 9 ] || exec sleep 600`,
		"--strategies", "serial,threads", "--chunks", "1", "--rounds", "9", "-o", "json")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	stdout := starts(t, cmd)
	eventually(t, 30*time.Second, func() string {
		text, _ := os.ReadFile(filepath.Join(tmp, "started"))
		if n := strings.Count(string(text), "\n"); n < 9 {
			return fmt.Sprintf("%d samples were begun", n)
		}
		return ""
	})
	begun := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("ended %v after the signal", took)
	}
	d := comparison(t, ran{stdout: string(text)})
	if code := cmd.ProcessState.ExitCode(); code != 130 || d.Rounds != 3 {
		t.Errorf("exit code %d, %d rounds", code, d.Rounds)
	}
	left, err := filepath.Glob(filepath.Join(tmp, "muster-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// Killed, it takes all with it: its server and a pilot, which is serial; or a sample, that one's two workers and their scripts.
func TestCompareIsKilled(t *testing.T) {
	for _, test := range []struct {
		cmd   *exec.Cmd
		least int // processes
	}{
		{musterCmd(t, "compare", "--workload", "net", "--latency", "10s", "--strategies", "processes", "--chunks", "2"), 2},
		{compared(t, "exec sleep 600", "--strategies", "processes", "--chunks", "2"), 5},
	} {
		test.cmd.Env = append(test.cmd.Env, "TMPDIR="+t.TempDir())
		starts(t, test.cmd)
		var all []int
		eventually(t, 30*time.Second, func() string {
			all = descendants(t, test.cmd.Process.Pid)
			if len(all) < test.least {
				return fmt.Sprintf("processes %d: fewer than %d", all, test.least)
			}
			return ""
		})
		if err := test.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		test.cmd.Wait()
		eventually(t, 3*time.Second, alive(all))
	}
}

// descendants lists the children of a process, theirs, and so on.
func descendants(t *testing.T, pid int) (all []int) {
	t.Helper()
	for _, child := range processes(t, pid) {
		all = append(append(all, child), descendants(t, child)...)
	}
	return all
}

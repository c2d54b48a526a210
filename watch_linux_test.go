package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// watching is a watch whose records are read as they come.
type watching struct {
	cmd     *exec.Cmd
	records *bufio.Reader
	hosts   int
	stderr  string // the file
}

func watch(t *testing.T, hosts int, cmd *exec.Cmd) *watching {
	t.Helper()
	w := &watching{cmd: cmd, hosts: hosts, stderr: filepath.Join(t.TempDir(), "stderr")}
	stderr, err := os.Create(w.stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	cmd.Stderr = stderr
	w.records = starts(t, cmd)
	return w
}

// beat reads the records of the next beat: each host has one.
func (w *watching) beat(t *testing.T, beat int) map[string]fleet.Outcome {
	t.Helper()
	records := map[string]fleet.Outcome{}
	for len(records) < w.hosts {
		line, err := w.records.ReadBytes('\n')
		if err != nil {
			said, _ := os.ReadFile(w.stderr)
			t.Fatalf("beat %d: %v after %d records\n%s", beat, err, len(records), said)
		}
		var o fleet.Outcome
		if err := json.Unmarshal(line, &o); err != nil || o.Beat != beat {
			t.Fatalf("beat %d, not %d: %v", o.Beat, beat, err)
		}
		if _, twice := records[o.Host]; twice {
			t.Fatalf("beat %d: %s has two records", beat, o.Host)
		}
		records[o.Host] = o
	}
	return records
}

// ends waits for the end of the watch and returns what was said on stderr.
func (w *watching) ends(t *testing.T, code int) string {
	t.Helper()
	if line, err := w.records.ReadString('\n'); err == nil {
		t.Errorf("after the last beat: %s", line)
	}
	w.cmd.Wait()
	said, _ := os.ReadFile(w.stderr)
	if got := w.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d\n%s", got, code, said)
	}
	return string(said)
}

// resident is how much memory a process has resident, in bytes.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kB << 10
}

// A watch connects once to a host that stays up, and takes no more memory in its last beats than in its first.
func TestWatchKeepsConnections(t *testing.T) {
	t.Parallel()
	const hosts = 200
	beats := tier.Times(12, 100, 100)
	sim := simulateFleet(t, simulate.Config{Hosts: hosts, Seed: 3})
	w := watch(t, hosts, sim.collect(t, "-n", "2", "--every", "50ms", "--times", fmt.Sprint(beats), "-o", "ndjson"))
	memory := func() (all int64) {
		for _, pid := range append(processes(t, w.cmd.Process.Pid), w.cmd.Process.Pid) {
			all += resident(t, pid)
		}
		return all
	}
	var early int64
	for beat := 1; beat <= beats; beat++ {
		for host, o := range w.beat(t, beat) {
			if o.Status != fleet.StatusOK || (o.CPUUsedPercent == nil) != (beat == 1) && beat != 2 {
				t.Fatalf("beat %d: %s: %+v", beat, host, o)
			}
		}
		switch beat {
		case beats / 3:
			early = memory()
		case beats - 1:
			if late := memory(); late > early+early/4+16<<20 && !tier.Race {
				t.Errorf("%d MiB in beat %d, %d MiB in beat %d", early>>20, beats/3, late>>20, beat)
			}
		}
	}
	w.ends(t, 0)
	if n := sim.Accepted(); n != hosts {
		t.Errorf("%d connections to %d hosts", n, hosts)
	}
}

// A worker that is killed in a watch is replaced in the next beat, by one that connects anew; all others keep theirs. So it is
// where a command takes workers elsewhere.
func TestWatchReplacesWorkers(t *testing.T) {
	t.Parallel()
	launchers := map[string][]string{
		"SIGKILL":         nil,
		"exit status 137": {"--launcher", `sh -c '"$0" worker; exit $?'`, "--worker-path", musterLink(t)},
	}
	for end, launcher := range launchers {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			watchReplacesWorkers(t, end, launcher)
		})
	}
}

func watchReplacesWorkers(t *testing.T, end string, launcher []string) {
	const hosts = 20
	sim := simulateFleet(t, simulate.Config{Hosts: hosts})
	w := watch(t, hosts, sim.collect(t, append(launcher, "-n", "2", "--every", "200ms", "-o", "ndjson", "--times", "5")...))
	first := w.beat(t, 1)
	victim := first[sim.labels[0]].WorkerPID
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for beat := 2; beat <= 5; beat++ {
		for host, o := range w.beat(t, beat) {
			if o.Status != fleet.StatusOK || o.WorkerPID == victim && beat > 2 {
				t.Errorf("beat %d: %s: %+v", beat, host, o)
			}
		}
	}
	if said := w.ends(t, 0); !strings.Contains(said, end) {
		t.Errorf("stderr: %s", said)
	}
	if n := sim.Accepted(); n < hosts+hosts/2 || n > hosts+hosts/2+hosts/2 {
		t.Errorf("%d connections to %d hosts", n, hosts)
	}
}

// A host that goes away is said to, and so is its return; the exit code is that of the last beat.
func TestWatchSeesHostsGoAndReturn(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 3})
	w := watch(t, 3, sim.collect(t, "-n", "1", "--every", "100ms", "-o", "ndjson", "-o", "table="+filepath.Join(t.TempDir(), "table"), "--times", "200", "--retries", "0"))
	gone := sim.labels[1]
	w.beat(t, 1)
	beat := 1
	until := func(status fleet.Status) {
		t.Helper()
		for w.beat(t, beat+1)[gone].Status != status {
			if beat++; beat > 150 {
				t.Fatal("never ", status)
			}
		}
		beat++
	}
	sim.Down(1, true)
	until(fleet.StatusClosed)
	sim.Down(1, false)
	until(fleet.StatusOK)
	w.cmd.Process.Signal(syscall.SIGINT)
	for {
		if _, err := w.records.ReadBytes('\n'); err != nil {
			break
		}
	}
	w.ends(t, 130)
}

// On a terminal each table is drawn over the last, in lines that it has room for, and the last stays.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 30})
	cmd := sim.collect(t, "--every", "300ms", "--times", "3")
	master, slave := pty(t)
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 12, Col: 60}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(cmd.Environ(), "TERM=xterm")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	slave.Close()
	var all bytes.Buffer
	all.ReadFrom(master) // until nobody has the other side any more
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	shown := strings.TrimPrefix(all.String(), "\x1b[H\x1b[2J")
	frames := strings.Split(shown, "\x1b[H")
	if len(frames) != 3 {
		t.Fatalf("%d frames: %q", len(frames), shown)
	}
	for i, frame := range frames {
		drawn, rest, _ := strings.Cut(frame, "\x1b[J")
		lines := strings.Split(strings.TrimSuffix(drawn, "\r\n"), "\r\n")
		if rest != "" && !strings.HasPrefix(rest, "muster: warning: beat ") || len(lines) != 10 || !strings.HasPrefix(lines[0], fmt.Sprintf("beat %d, ", i+1)) || !strings.Contains(lines[9], " lines more") {
			t.Errorf("frame %d: %q", i+1, frame)
		}
		for _, line := range lines {
			if text := strings.TrimSuffix(line, "\x1b[K"); utf8.RuneCountInString(text) > 60 && !strings.Contains(text, "\x1b") {
				t.Errorf("frame %d: a line of more than 60 columns: %q", i+1, line)
			}
		}
	}
}

// Nobody reads the report of a beat: a signal ends the watch all the same, and what there is to say is said once.
func TestWatchIsNotRead(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 40})
	cmd := sim.collect(t, "--every", "50ms", "-o", "csv")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := unix.FcntlInt(reader.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	eventually(t, 20*time.Second, func() string {
		if unread, err := unix.IoctlGetInt(int(reader.Fd()), unix.TIOCINQ); err != nil || unread < 4096 {
			return fmt.Sprintf("%d bytes in the pipe: %v", unread, err)
		}
		return ""
	})
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	want := "muster: interrupted: 40 of 40 done; the report could not be written in time\n"
	if code := cmd.ProcessState.ExitCode(); code != 143 || stderr.String() != want {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

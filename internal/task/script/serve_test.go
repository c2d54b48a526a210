package script

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/worker"
)

// served is a worker of this task in this process and what it has said. Of its output there is that of the last attempt.
type served struct {
	t        *testing.T
	labels   []string
	stdin    *io.PipeWriter
	frames   *wire.UpReader
	ended    chan struct{} // closed once err is set
	err      error
	starts   []int
	parts    int
	stdout   string
	stderr   string
	outcomes map[string]fleet.Outcome
	group    *fleet.Group
	done     bool
}

// serve has a worker begin a job. What is missing in it is filled in: a group whose hosts are all known, once.
func serve(t *testing.T, job wire.Job, labels ...string) *served {
	t.Helper()
	s := begin(t, job, labels...)
	s.send(wire.Down{End: &wire.End{}})
	return s
}

// begin is serve without the end of the hosts. It checks, at the end of the test, that nothing is left behind.
func begin(t *testing.T, job wire.Job, labels ...string) *served {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	job.Run, job.Task, job.Worker, job.Chunks, job.Fanout, job.Window = "r1", Name, 3, 4, 1, max(1, len(labels))
	job.HostsFile = "muster-r1-*.hosts"
	job.Attempt = max(job.Attempt, 1)
	if job.MaxOutput == 0 {
		job.MaxOutput = 1 << 20
	}
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	s := &served{
		t: t, labels: labels, stdin: stdin, frames: wire.NewUpReader(stdout, false), ended: make(chan struct{}), outcomes: map[string]fleet.Outcome{},
	}
	go func() {
		s.err = worker.Serve(t.Context(), in, out, Open)
		in.Close()
		out.Close()
		close(s.ended)
	}()
	t.Cleanup(func() {
		stdin.Close()
		io.Copy(io.Discard, stdout)
		<-s.ended
		if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	s.next() // hello
	s.send(wire.Down{Job: &job})
	lines, err := wire.EncodeItems(1, labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := stdin.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *served) send(frame wire.Down) {
	s.t.Helper()
	line, err := wire.EncodeDown(frame)
	if err == nil {
		_, err = s.stdin.Write(line)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// next takes the next frame, and reports whether there was one.
func (s *served) next() bool {
	s.t.Helper()
	up, err := s.frames.Next()
	if err == io.EOF {
		return false
	}
	switch {
	case err != nil:
		s.t.Fatal(err)
	case s.done || s.group != nil && up.Done == nil && up.Beat == nil:
		s.t.Fatalf("after its end: %+v", up)
	case up.Start != nil:
		s.starts = append(s.starts, up.Start.Attempt)
		s.parts, s.stdout, s.stderr = 0, "", ""
	case up.Output != nil:
		if up.Output.Part != s.parts || !up.Output.Group || len(s.starts) == 0 {
			s.t.Fatalf("%+v after %d parts", up.Output, s.parts)
		}
		s.parts++
		if up.Output.Stderr {
			s.stderr += string(up.Output.Data)
		} else {
			s.stdout += string(up.Output.Data)
		}
	case up.Outcome != nil:
		label := s.labels[up.Outcome.Num-1]
		if _, twice := s.outcomes[label]; twice {
			s.t.Fatalf("%s: a second outcome", label)
		}
		s.outcomes[label] = up.Outcome.Outcome
	case up.Group != nil:
		s.group = up.Group
	case up.Done != nil:
		s.done = true
	}
	return true
}

// until takes frames until there is what is waited for.
func (s *served) until(there func() bool) {
	s.t.Helper()
	for !there() {
		if !s.next() {
			s.t.Fatalf("ended too early: %+v", s.group)
		}
	}
}

// rest takes all frames that are left; there must be the group's outcome among them, and done.
func (s *served) rest() *served {
	s.t.Helper()
	for s.next() {
	}
	if <-s.ended; s.err != nil || s.group == nil || !s.done {
		s.t.Fatalf("%v, group %+v", s.err, s.group)
	}
	return s
}

// is checks how the group ended.
func (s *served) is(status fleet.Status, code int, why string) {
	s.t.Helper()
	g := *s.group
	phase := fleet.PhaseExec
	switch status {
	case fleet.StatusOK, fleet.StatusSkipped:
		phase = ""
	case fleet.StatusOutput:
		phase = fleet.PhaseOutput
	}
	if g.Status != status || g.Phase != phase || g.ExitCode != code || g.Error != why {
		s.t.Errorf("%+v, want %s, exit code %d, %q", g, status, code, why)
	}
}

// gone waits until none of the processes whose numbers the script wrote lives.
func (s *served) gone(want int) {
	s.t.Helper()
	pids := strings.Fields(s.stdout)
	if len(pids) != want {
		s.t.Fatalf("%d processes, want %d: %q", len(pids), want, s.stdout)
	}
	for _, word := range pids {
		pid, err := strconv.Atoi(word)
		if err != nil {
			s.t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); alive(pid); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				syscall.Kill(pid, syscall.SIGKILL)
				s.t.Fatalf("process %d lives on", pid)
			}
		}
	}
}

// alive reports whether there is a process, be it one that a zombie is not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// sh is a job that has a shell do this.
func sh(script string) wire.Job { return wire.Job{Args: []string{"sh", "-c", script, "script", "{}"}} }

// program is a job that has a file of this text and mode run.
func program(t *testing.T, text string, mode os.FileMode) wire.Job {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return wire.Job{Args: []string{path, "x y", "{}"}}
}

func TestScripts(t *testing.T) {
	tests := []struct {
		name           string
		job            wire.Job
		status         fleet.Status
		code           int
		why            string
		stdout, stderr string
	}{
		{"its hosts", sh(`cat; echo "$# $1 $3"; cat "$MUSTER_HOSTS_FILE"`), "ok", 0, "", "a\nb c\n\n3 a \na\nb c\n\n", ""},
		{"its group", sh(`echo $MUSTER_RUN_ID $MUSTER_CHUNK $MUSTER_CHUNK_COUNT $MUSTER_CHUNK_SIZE $MUSTER_ATTEMPT $GOMAXPROCS`), "ok", 0, "", "r1 0 4 3 1\n", ""},
		{"says nothing", sh(`:`), "ok", 0, "", "", ""},
		{"an exit code", sh(`echo out; echo why >&2; echo more >&2; exit 3`), "exit", 3, "exit status 3: why", "out\n", "why\nmore\n"},
		{"an exit code and no word", sh(`exit 255`), "exit", 255, "exit status 255", "", ""},
		{"a signal", sh(`echo so >&2; kill -TERM $$`), "exit", -1, "ended by signal TERM: so", "", "so\n"},
		{"no newline at the end", sh(`printf a; printf b >&2`), "ok", 0, "", "a", "b"},
		{"closes its output and goes on", sh(`echo early; exec >&-; cat >/dev/null; echo late >&2; exit 4`), "exit", 4, "exit status 4: late", "early\n", "late\n"},
		{"closes all and goes on", sh(`exec <&- >&- 2>&-; exit 4`), "exit", 4, "exit status 4", "", ""},
		{"a file", program(t, "#!/bin/sh\necho \"$# $1 $2\"\nexit 5\n", 0o700), "exit", 5, "exit status 5", "4 x y a\n", ""},
		{"no first line", program(t, "echo \"$# $1 $2\"\ncat\n", 0o700), "ok", 0, "", "4 x y a\na\nb c\n\n", ""},
		{"an empty file", program(t, "", 0o700), "ok", 0, "", "", ""},
		{"not in PATH", wire.Job{Args: []string{"muster-no-such-program"}}, "exit", 127, `exec: "muster-no-such-program": executable file not found in $PATH`, "", ""},
		{"no file", wire.Job{Args: []string{"/no/such/file"}}, "exit", 127, "fork/exec /no/such/file: no such file or directory", "", ""},
		{"a directory", wire.Job{Args: []string{"/"}}, "exit", 126, `exec: "/": is a directory`, "", ""},
		{"no text for an argument", wire.Job{Args: []string{"/bin/sh", "a\x00b"}}, "exit", 126, "fork/exec /bin/sh: invalid argument", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOMAXPROCS", "1")
			s := serve(t, tt.job, "a", "b c", "").rest()
			s.is(tt.status, tt.code, tt.why)
			if s.stdout != tt.stdout || s.stderr != tt.stderr {
				t.Errorf("stdout %q, stderr %q", s.stdout, s.stderr)
			}
			if !slices.Equal(s.starts, []int{1}) || len(s.outcomes) > 0 {
				t.Errorf("starts %v, outcomes %v", s.starts, s.outcomes)
			}
		})
	}
}

// A file that nobody may run, and one whose interpreter there is not, are told apart as shells do.
func TestRefusedFiles(t *testing.T) {
	for _, tt := range []struct {
		job  wire.Job
		code int
		why  string
	}{
		{program(t, "#!/bin/sh\n", 0o600), 126, "permission denied"},
		{program(t, "#!/no/such/interpreter\n", 0o700), 127, "no such file or directory"},
	} {
		serve(t, tt.job, "a").rest().is("exit", tt.code, "fork/exec "+tt.job.Args[0]+": "+tt.why)
	}
}

// More hosts than the system takes as arguments are the script's failure, with what to do about it.
func TestTooManyHosts(t *testing.T) {
	labels := slices.Repeat([]string{strings.Repeat("x", 40_000)}, 250)
	serve(t, sh(`:`), labels...).rest().
		is("exit", 126, "250 hosts as arguments are more than the system takes: more chunks, or read them from stdin")
}

// What a script cost is told, and how long it took.
func TestUsage(t *testing.T) {
	s := serve(t, sh(`i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`), "a").rest()
	if g := s.group; g.DurationMS <= 0 || g.Usage.UserSeconds+g.Usage.SystemSeconds <= 0 || g.Usage.MaxRSSBytes < 1<<16 || g.Usage.MaxRSSBytes > 1<<28 {
		t.Errorf("%+v", g)
	}
}

// Of each stream the beginning is kept and the rest counted; the script does not notice.
func TestMaxOutput(t *testing.T) {
	job := sh(`echo abcdef; echo 0123456789 >&2; exit 1`)
	job.MaxOutput = 4
	s := serve(t, job, "a").rest()
	s.is("exit", 1, "exit status 1: 0123456789")
	if s.stdout != "abcd" || s.stderr != "0123" || s.group.StdoutTruncatedBytes != 3 || s.group.StderrTruncatedBytes != 7 {
		t.Errorf("%q, %q, %+v", s.stdout, s.stderr, s.group)
	}
}

// What a script leaves running holds nobody up, and ends with it.
func TestBackground(t *testing.T) {
	for name, script := range map[string]string{
		"holds the pipes":   `sleep 1000 & echo $!`,
		"a grandchild":      `sh -c 'sleep 1000 & echo $!'`,
		"its own session":   `setsid sleep 1000 & echo $!`,
		"deaf":              `trap '' TERM HUP; sleep 1000 & echo $!`,
		"never says a word": `sleep 1000 </dev/null >/dev/null 2>&1 & echo $!`,
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			s := serve(t, sh(script), "a").rest()
			s.is("ok", 0, "")
			s.gone(1)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// family is a script that has a child, a grandchild, and one that left its session, says all their numbers and stays.
const family = `
sleep 1000 & child=$!
setsid sleep 1000 & escaped=$!
exec 3>&1
grandchild=$(sh -c 'sleep 1000 >&3 & echo $!')
echo $$ $child $escaped $grandchild
while :; do sleep 1000; done`

// When its time is up, or it is told to stop, all that a script has started ends, whether it heeds SIGTERM or not.
func TestWholeTreeEnds(t *testing.T) {
	for name, script := range map[string]string{"heeding": family, "deaf": "trap '' TERM\n" + family} {
		t.Run("timeout/"+name, func(t *testing.T) {
			job := sh(script)
			job.TimeoutMS = 1500
			s := serve(t, job, "a").rest()
			if s.group.Status != fleet.StatusTimeout || s.group.Error != "not done within 1.5s" || s.group.ExitCode != -1 {
				t.Errorf("%+v", s.group)
			}
			s.gone(4)
		})
		t.Run("stop/"+name, func(t *testing.T) {
			s := serve(t, sh(script), "a")
			s.until(func() bool { return strings.Contains(s.stdout, "\n") })
			stopped := time.Now()
			s.stdin.Close()
			s.rest()
			if took := time.Since(stopped); took > time.Second {
				t.Errorf("ended %v after the stop", took)
			}
			if s.group.Status != fleet.StatusCanceled || s.group.Error != "stopped" {
				t.Errorf("%+v", s.group)
			}
			s.gone(4)
		})
	}
}

// A script that heeds SIGTERM has the time to say so, and what it says is kept.
func TestLastWords(t *testing.T) {
	s := serve(t, sh(`trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done`), "a")
	s.until(func() bool { return s.stdout == "ready\n" })
	s.stdin.Close()
	s.rest()
	s.is("canceled", 0, "stopped")
	if s.stdout != "ready\nbye\n" {
		t.Errorf("%q", s.stdout)
	}
}

// A stop before all hosts are known: nothing was started.
func TestStopBeforeTheEndOfTheHosts(t *testing.T) {
	s := begin(t, sh(`echo no`), "a", "b")
	s.stdin.Close()
	s.rest()
	s.is("skipped", -1, "")
	if len(s.starts) > 0 {
		t.Errorf("starts %v", s.starts)
	}
}

func TestRetries(t *testing.T) {
	attempts := func(script string, retries, attempt int) wire.Job {
		job := sh(script)
		job.Retries, job.Attempt = retries, attempt
		return job
	}
	slow := attempts(`[ $MUSTER_ATTEMPT = 2 ] || exec sleep 1000`, 1, 1)
	slow.TimeoutMS = 500
	tests := []struct {
		name   string
		job    wire.Job
		starts []int
		code   int
		stdout string
	}{
		{"until it does well", attempts(`echo $MUSTER_ATTEMPT; cat; [ $MUSTER_ATTEMPT = 3 ]`, 5, 1), []int{1, 2, 3}, 0, "3\na\n"},
		{"to the end", attempts(`echo $MUSTER_ATTEMPT; exit 9`, 2, 1), []int{1, 2, 3}, 9, "3\n"},
		{"after attempts in other workers", attempts(`echo $MUSTER_ATTEMPT; exit 9`, 2, 2), []int{2, 3}, 9, "3\n"},
		{"the last one", attempts(`echo $MUSTER_ATTEMPT; exit 9`, 2, 3), []int{3}, 9, "3\n"},
		{"not what went well", attempts(`echo $MUSTER_ATTEMPT`, 2, 1), []int{1}, 0, "1\n"},
		{"after a timeout", slow, []int{1, 2}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.job, "a").rest()
			if !slices.Equal(s.starts, tt.starts) || s.group.ExitCode != tt.code || s.stdout != tt.stdout {
				t.Errorf("starts %v, %q, %+v", s.starts, s.stdout, s.group)
			}
		})
	}
}

// A stop ends the pauses between attempts too.
func TestStopBetweenAttempts(t *testing.T) {
	job := sh(`echo $$; exit 9`)
	job.Retries = 20
	s := serve(t, job, "a")
	s.until(func() bool { return len(s.starts) == 4 && s.stdout != "" }) // the next pause is 0.8 s
	s.gone(1)
	time.Sleep(20 * time.Millisecond) // were that too short, the stop would only come before the pause
	stopped := time.Now()
	s.stdin.Close()
	s.rest()
	if took := time.Since(stopped); took > 700*time.Millisecond || len(s.starts) != 4 {
		t.Errorf("%v, starts %v", took, s.starts)
	}
}

// The records of hosts are their outcomes, the group's is that of the rest, and of all lines else there is the output.
func TestParsed(t *testing.T) {
	job := sh(`cat <<'END'
a word
{"host":"a","load1":2,"cpus":4,"temp":41}
{"host":"nobody"}
{"host":"a"}
END
echo '{"host":"c"}' >&2
printf '{"host":"b","status":"unreachable","error":"no route"}'
exit 3`)
	job.Parse = true
	s := serve(t, job, "a", "b", "c").rest()
	s.is("exit", 3, `exit status 3: {"host":"c"}`)
	if s.stdout != "a word\n{\"host\":\"nobody\"}\n{\"host\":\"a\"}\n" || s.stderr != "{\"host\":\"c\"}\n" {
		t.Errorf("stdout %q, stderr %q", s.stdout, s.stderr)
	}
	if s.group.Ignored != 2 || s.group.Doubt != `line 3: host "nobody" is not of this group` {
		t.Errorf("%+v", s.group)
	}
	if a, b := s.outcomes["a"], s.outcomes["b"]; len(s.outcomes) != 2 || a.Status != fleet.StatusOK || *a.Load1PerCPU != 0.5 ||
		b.Status != fleet.StatusUnreachable || b.Error != "no route" {
		t.Errorf("%+v", s.outcomes)
	}
}

// The records of an attempt that another follows are void.
func TestParsedAgain(t *testing.T) {
	job := sh(`echo "{\"host\":\"$MUSTER_ATTEMPT\"}"; echo x; [ $MUSTER_ATTEMPT = 2 ]`)
	job.Parse, job.Retries = true, 5
	s := serve(t, job, "1", "2").rest()
	s.is("ok", 0, "")
	if _, has := s.outcomes["2"]; len(s.outcomes) != 1 || !has || s.stdout != "x\n" {
		t.Errorf("%+v, %q", s.outcomes, s.stdout)
	}
}

// Where no attempt can follow, a record is handed on while the script still runs.
func TestParsedAtOnce(t *testing.T) {
	job := sh(`echo '{"host":"a"}'; exec sleep 1000`)
	job.Parse = true
	s := serve(t, job, "a", "b")
	s.until(func() bool { return len(s.outcomes) == 1 })
	s.stdin.Close()
	if s.rest(); s.group.Status != fleet.StatusCanceled {
		t.Errorf("%+v", s.group)
	}
}

// A script that writes more than its hosts can need is ended, and not run again.
func TestParsedTooMuch(t *testing.T) {
	job := sh(`echo '{"host":"a"}'; trap '' TERM PIPE; while :; do echo yyyyyyyyyyyyyyyyyyyyyyy; done`)
	job.Parse, job.MaxOutput, job.Retries = true, 1000, 3
	s := serve(t, job, "a", "b").rest()
	s.is("output", -1, "more than 2000 bytes of output for 2 hosts")
	if len(s.starts) != 1 || len(s.stdout) > 1000 || s.outcomes["a"].Status != fleet.StatusOK {
		t.Errorf("starts %v, %d bytes, %+v", s.starts, len(s.stdout), s.outcomes)
	}
}

// A group whose hosts file cannot be written fails for what this machine lacks.
func TestNoPlaceForTheHostsFile(t *testing.T) {
	s := begin(t, sh(`:`), "a")
	t.Setenv("TMPDIR", "/no/such/directory")
	s.send(wire.Down{End: &wire.End{}})
	s.rest().is("local", -1, "hosts file: open /no/such/directory/muster-r1-3.hosts: no such file or directory")
}

func TestNoScript(t *testing.T) {
	if task, err := Open(wire.Job{}, nil); task != nil || err == nil || err.Error() != "no script" {
		t.Errorf("%v, %v", task, err)
	}
}

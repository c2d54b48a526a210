package worker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// openStray opens a task that prints where it must not.
func openStray(job wire.Job, _ Ask) (Task, error) {
	fmt.Println("a stray print")
	return PerHost(job.Fanout, func(_ context.Context, h fleet.Host, begin func(), _ Emit) fleet.Outcome {
		begin()
		unix.Write(1, []byte("a stray write\n"))
		return fleet.Outcome{Status: fleet.StatusOK}
	}), nil
}

// process is this test binary as a worker process.
func process() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "WORKER_TEST_PROCESS=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

func lines(t *testing.T, frames ...wire.Down) io.Reader {
	var all bytes.Buffer
	for _, frame := range frames {
		line, err := wire.EncodeDown(frame)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(line)
	}
	return &all
}

// TestF60StrayPrints: what a worker prints goes to stderr; its stdout carries frames alone. It dumps no core, and says
// in done what memory it took.
func TestF60StrayPrints(t *testing.T) {
	cmd := process()
	// No end of input comes before done: the pipe stays open as long as the parent wants.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(stdin, lines(t, job(1, 2), hosts(1, 2), end())); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	if text := stderr.String(); !strings.Contains(text, "a stray print\n") || strings.Count(text, "a stray write\n") != 2 {
		t.Errorf("stderr: %s", text)
	}
	frames := wire.NewUpReader(&stdout, false)
	outcomes := 0
	for {
		up, err := frames.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case up.Hello != nil && up.Hello.PID != cmd.Process.Pid:
			t.Errorf("%+v of process %d", up.Hello, cmd.Process.Pid)
		case up.Outcome != nil:
			outcomes++
		case up.Done != nil && runtime.GOOS == "linux":
			if d := *up.Done; d.Outcomes != 2 || d.MaxRSS < 1<<20 || d.MaxRSS > 1<<30 || d.PSS <= 0 || d.PSS > d.MaxRSS {
				t.Errorf("%+v", d)
			}
		}
	}
	if outcomes != 2 {
		t.Errorf("%d outcomes", outcomes)
	}
}

// What goes wrong in a worker is one line on its stderr and exit code 1.
func TestProcessErrors(t *testing.T) {
	tests := []struct {
		name  string
		stdin io.Reader
		want  string
	}{
		{"no input", nil, "muster worker: input ended before a job came\n"},
		{"garbage", strings.NewReader("ls\n"), "muster worker: job read: invalid frame \"ls\\n\": "},
		{"no job", lines(t, end()), "muster worker: the first frame is not a job\n"},
	}
	for _, tt := range tests {
		cmd := process()
		cmd.Stdin = tt.stdin
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != exitFailed || !strings.HasPrefix(stderr.String(), tt.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: %v, stderr %q", tt.name, err, &stderr)
		}
	}
}

// openSlowEnd opens a task that takes a moment to end once it is told to, and then says so.
func openSlowEnd(wire.Job, Ask) (Task, error) {
	return taskFunc(func(ctx context.Context, _ <-chan fleet.Host, emit Emit) error {
		emit(fleet.Start{Attempt: 1})
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond)
		fmt.Println("ended:", context.Cause(ctx))
		return nil
	}), nil
}

// SIGTERM ends a worker, but not before its task has ended what it started. It says no more: what it had in flight is for
// its parent to judge, as after any other death.
func TestSIGTERM(t *testing.T) {
	cmd := process()
	cmd.Env = append(cmd.Env, "WORKER_TEST_PROCESS=slow end")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(stdin, lines(t, job(1, 2), hosts(1, 2))); err != nil {
		t.Error(err)
	}
	frames := wire.NewUpReader(stdout, false)
	for {
		up, err := frames.Next()
		if err == io.EOF {
			break
		}
		switch {
		case err != nil:
			t.Fatal(err)
		case up.Start != nil:
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		case up.Hello == nil && up.Beat == nil:
			t.Errorf("%+v", up)
		}
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() != wire.ExitTerminated || stderr.String() != "ended: terminated\n" {
		t.Errorf("%v, stderr %q", err, &stderr)
	}
}

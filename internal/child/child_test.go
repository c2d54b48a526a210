package child

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestConversation(t *testing.T) {
	c := start(t, self("cat"))
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if got := readLine(t, c); got != "hello" {
		t.Errorf("read %q", got)
	}
	for range 2 {
		if err := c.CloseWrite(); err != nil {
			t.Errorf("CloseWrite: %v", err)
		}
	}
	for range 2 {
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("Read at the end = %d, %v", n, err)
		}
	}
	if e := c.Wait(); !e.Success() || e.String() != "exit status 0" {
		t.Errorf("exit %+v", e)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("Write after the end: no error")
	}
	if err := errors.Join(c.Terminate(), c.Kill(), c.CloseWrite()); err != nil {
		t.Errorf("after the end: %v", err)
	}
}

func TestSpec(t *testing.T) {
	spec := self("env", "COLOUR")
	spec.Argv0 = "muster"
	spec.Env = append(spec.Env, "COLOUR=red", "COLOUR=blue")
	got, _ := io.ReadAll(start(t, spec))
	if string(got) != "muster blue" {
		t.Errorf("child saw %q", got)
	}

	_, err := Start(Spec{Path: t.TempDir() + "/none"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Start of no program: %v", err)
	}
}

// A child that reads a file has no other stdin.
func TestStdin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	spec := self("cat")
	spec.Stdin = f
	c := start(t, spec)
	f.Close()
	if n, err := c.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Errorf("CloseWrite: %v", err)
	}
	if got, err := io.ReadAll(c); string(got) != "from a file" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if e := c.Wait(); !e.Success() {
		t.Error(e)
	}
}

// What gets the stderr has all of it when Wait returns, however slowly it takes it. It needs no lock.
func TestStderr(t *testing.T) {
	var log strings.Builder
	taken := make(chan struct{})
	take := sync.OnceFunc(func() { close(taken) })
	spec := self("flood", "0")
	spec.Stderr = writer(func(p []byte) (int, error) {
		<-taken
		return log.Write(p)
	})
	c := start(t, spec)
	t.Cleanup(take)
	eventually(t, 5*time.Second, "child reaped", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.reaped
	})
	go take()
	e := c.Wait()
	if !e.Success() || e.StderrHead != "" || e.StderrTail != "" || e.StderrDropped != 0 {
		t.Errorf("exit %+v", e)
	}
	if got := log.String(); got != "the first line\nthe last line\n" {
		t.Errorf("stderr %q", got)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestGroupAndSession(t *testing.T) {
	for _, session := range []bool{false, true} {
		spec := self("ids")
		spec.Session = session
		c := start(t, spec)
		var pid, group, sid int
		if _, err := fmt.Fscan(c, &pid, &group, &sid); err != nil {
			t.Fatal(err)
		}
		if pid != c.Pid() || group != pid || (sid == pid) != session {
			t.Errorf("session %t: pid %d of %d, group %d, session %d", session, pid, c.Pid(), group, sid)
		}
	}
}

func TestExit(t *testing.T) {
	tests := []struct {
		role, arg string
		code      int
		signal    string
		says      string
	}{
		{"exit", "0", 0, "", "exit status 0"},
		{"exit", "7", 7, "", "exit status 7"},
		{"panic", "boom\x1b[2J", 2, "", `exit status 2: panic: boom`},
		{"signal", "9", -1, "SIGKILL", "killed by signal 9 (SIGKILL)"},
		{"signal", "15", -1, "SIGTERM", "killed by signal 15 (SIGTERM)"},
		{"signal", "11", 2, "", "exit status 2: SIGSEGV: segmentation violation"}, // Go catches it
	}
	for _, tt := range tests {
		t.Run(tt.role+tt.arg, func(t *testing.T) {
			c := start(t, self(tt.role, tt.arg))
			io.Copy(io.Discard, c)
			e := c.Wait()
			if e.Code != tt.code || e.Signal != tt.signal || e.Err != nil || !strings.HasPrefix(e.String(), tt.says) {
				t.Errorf("got %+v\n%s\nwant %s", e, e, tt.says)
			}
		})
	}
}

// A program that is no Go program is ended by the signal itself.
func TestSegmentationFault(t *testing.T) {
	c := start(t, Spec{Path: "sh", Args: []string{"-c", "echo out; echo err >&2; kill -SEGV $$"}})
	out, err := io.ReadAll(c)
	if e := c.Wait(); string(out) != "out\n" || err != nil || e.Signal != "SIGSEGV" || e.String() != "killed by signal 11 (SIGSEGV): err" {
		t.Errorf("read %q, %v; %+v", out, err, e)
	}
}

func TestUsage(t *testing.T) {
	c := start(t, Spec{Path: "sh", Args: []string{"-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"}})
	if e := c.Wait(); e.User+e.System <= 0 || e.User+e.System > time.Minute || e.VoluntarySwitches+e.InvoluntarySwitches <= 0 {
		t.Errorf("usage %+v", e)
	}
}

// A stopped process sees neither the end of its stdin nor SIGTERM.
func TestKillEndsAStoppedChild(t *testing.T) {
	c := start(t, self("hang"))
	readLine(t, c)
	if err := syscall.Kill(c.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.CloseWrite(), c.Terminate(), c.Kill()); err != nil {
		t.Fatal(err)
	}
	if e := c.Wait(); e.Signal != "SIGKILL" {
		t.Errorf("exit %v", e)
	}
}

func TestKillEndsADeafChild(t *testing.T) {
	c := start(t, self("deaf"))
	readLine(t, c)
	if err := errors.Join(c.CloseWrite(), c.Terminate()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.ended:
		t.Fatalf("it was not deaf: %v", c.Wait())
	case <-time.After(50 * time.Millisecond):
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if e := c.Wait(); e.Signal != "SIGKILL" {
		t.Errorf("exit %v", e)
	}
}

// Kill and Wait race with the end of many children, from many goroutines.
func TestKillRacesWithTheEnd(t *testing.T) {
	for range 50 {
		c := start(t, self("exit", "0"))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for {
					if err := errors.Join(c.Terminate(), c.Kill()); err != nil {
						t.Errorf("signal: %v", err)
					}
					select {
					case <-c.ended:
						return
					default:
					}
				}
			})
			all.Go(func() { c.Wait() })
		}
		io.Copy(io.Discard, c)
		all.Wait()
	}
}

func TestNoDescriptorIsLeft(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc/self/fd: ", err)
		}
		return len(entries)
	}
	run := func(role string) {
		c, err := Start(self(role, "0"))
		if err != nil {
			t.Fatal(err)
		}
		c.Kill()
		io.Copy(io.Discard, c)
		c.Wait()
	}
	run("exit") // whatever is opened once
	before := count()
	for range 10 {
		run("exit")
		run("hang")
		run("silence")
		Start(Spec{Path: "/none"})
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

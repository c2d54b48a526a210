package child

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scanPid reads the line "word pid" that roles print about what they started.
func scanPid(t *testing.T, c *Child) int {
	t.Helper()
	var word string
	var pid int
	if _, err := fmt.Sscan(readLine(t, c), &word, &pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// within fails the test when f has not returned in time.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { f(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not within %v: %s", limit, what)
	}
}

// The whole output arrives, however late it is read: it waits in the pipe when its writer has long ended.
func TestSlowReaderLosesNothing(t *testing.T) {
	c := start(t, self("lines", "600"))
	e := c.Wait() // 600 lines of 100 bytes fit into the pipe
	if !e.Success() {
		t.Fatal(e)
	}
	lines := bufio.NewScanner(c)
	n := 0
	for ; lines.Scan(); n++ {
		if !strings.HasPrefix(lines.Text(), fmt.Sprintf("line %04d ", n)) {
			t.Fatalf("line %d is %q", n, lines.Text())
		}
	}
	if n != 600 || lines.Err() != nil {
		t.Errorf("%d of 600 lines, %v", n, lines.Err())
	}
}

// The same, with more than a pipe holds and readers that fall asleep at any point of the child's end.
func TestReaderRacesWithTheEnd(t *testing.T) {
	var all sync.WaitGroup
	for i := range 20 {
		c := start(t, self("lines", "2000"))
		all.Go(func() {
			out := make([]byte, 4096)
			for total := 0; ; {
				n, err := c.Read(out)
				total += n
				if err != nil {
					if want := 2000 * 101; err != io.EOF || total != want {
						t.Errorf("read %d of %d bytes, %v", total, want, err)
					}
					return
				}
				if total > 150_000 && total%(i+2) == 0 {
					time.Sleep(time.Duration(i) * 100 * time.Microsecond)
				}
			}
		})
	}
	all.Wait()
}

// TestF53GrandchildKeepsThePipes: a grandchild that keeps stdout and stderr open is swept with the group; one that left the group lives on, and delays
// nothing, even if it never stops writing.
func TestF53GrandchildKeepsThePipes(t *testing.T) {
	tests := []struct {
		role   string
		args   []string
		escape bool
	}{
		{"idle", []string{"exit"}, false},
		{"babble", []string{"exit"}, false},
		{"idle", []string{"exit", "escape"}, true},
		{"babble", []string{"exit", "escape"}, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.role, tt.args), func(t *testing.T) {
			c := start(t, self("parent", append([]string{tt.role}, tt.args...)...))
			grandchild := scanPid(t, c)
			within(t, 5*time.Second, "end of output and of the child", func() {
				if _, err := io.Copy(io.Discard, c); err != nil {
					t.Errorf("read: %v", err)
				}
				if e := c.Wait(); !e.Success() {
					t.Error(e)
				}
			})
			if tt.escape {
				// One that writes ends by itself: nobody reads it any more.
				if tt.role == "idle" && gone(grandchild) {
					t.Error("the escaped grandchild is gone: the test shows nothing")
				}
				return
			}
			eventually(t, time.Second, "grandchild gone", func() bool { return gone(grandchild) })
		})
	}
}

func TestKillEndsTheGroup(t *testing.T) {
	c := start(t, self("parent", "idle", "stay"))
	grandchild := scanPid(t, c)
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Second, "grandchild gone", func() bool { return gone(grandchild) })
}

// A child that holds nobody's stdin open does not keep a writer waiting.
func TestWriteEndsWithTheChild(t *testing.T) {
	c := start(t, self("hang"))
	readLine(t, c)
	failed := make(chan error)
	go func() {
		_, err := c.Write(make([]byte, 1<<20))
		failed <- err
	}()
	c.Kill()
	within(t, 5*time.Second, "write fails", func() {
		if err := <-failed; err == nil {
			t.Error("write of 1 MiB to a dead child succeeded")
		}
	})
}

// TestF61StderrFlood: of a child that floods its stderr both ends are kept, in bounded memory, and it is never held up.
func TestF61StderrFlood(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := start(t, self("flood", "100"))
	io.Copy(io.Discard, c)
	e := c.Wait()
	runtime.ReadMemStats(&after)

	const total = 100<<20 + len("the first line\nthe last line\n")
	if len(e.StderrHead) != StderrKeep || len(e.StderrTail) != StderrKeep || e.StderrDropped != int64(total-2*StderrKeep) {
		t.Errorf("kept %d and %d bytes, dropped %d", len(e.StderrHead), len(e.StderrTail), e.StderrDropped)
	}
	if !strings.HasPrefix(e.StderrHead, "the first line\n") || !strings.HasSuffix(e.StderrTail, "the last line\n") {
		t.Errorf("kept %q ... %q", e.StderrHead[:20], e.StderrTail[StderrKeep-20:])
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("allocated %d bytes", grown)
	}
}

// TestF62ThreadsEnd: the kernel's parent-death signal comes when the thread ends that started the child. Of a thousand that
// end while children live, none is that one.
func TestF62ThreadsEnd(t *testing.T) {
	var children [40]*Child
	var all sync.WaitGroup
	for i := range children {
		children[i] = start(t, self("cat"))
		for range 25 {
			all.Go(func() {
				runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
				runtime.Gosched()
			})
		}
	}
	all.Wait()
	for i, c := range children {
		if _, err := fmt.Fprintln(c, i); err != nil {
			t.Fatal(err)
		}
		if got := readLine(t, c); got != fmt.Sprint(i) {
			t.Errorf("child %d says %q", i, got)
		}
	}
}

// A parent killed with SIGKILL leaves no child behind, whatever the child does.
func TestParentIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of a killed parent")
	}
	for _, role := range []string{"hang", "deaf", "idle"} {
		t.Run(role, func(t *testing.T) {
			c := start(t, self("nest", role))
			pid := scanPid(t, c)
			if err := syscall.Kill(c.Pid(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "child of the killed parent gone", func() bool { return gone(pid) })
			if e := c.Wait(); e.Signal != "SIGKILL" {
				t.Error(e)
			}
		})
	}
}

// A child with children of its own is asked instead, so that it can end them.
func TestParentOfAParentIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of a killed parent")
	}
	testament := filepath.Join(t.TempDir(), "testament")
	c := start(t, self("nest", "testament", testament))
	pid := scanPid(t, c)
	eventually(t, 5*time.Second, "child ready", func() bool { _, err := os.Stat(testament); return err == nil })
	if err := syscall.Kill(c.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Second, "child of the killed parent gone", func() bool { return gone(pid) })
	if got, err := os.ReadFile(testament); string(got) != "terminated" {
		t.Errorf("testament %q, %v", got, err)
	}
}

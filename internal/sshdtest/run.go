package sshdtest

import (
	"bufio"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// run starts a server and returns when it has said so often on stderr that it is ready. It is ended with the test.
func (s *Server) run(t testing.TB, times int, ready, program string, args ...string) {
	t.Helper()
	cmd := s.command(program, args...)
	cmd.Dir = s.dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := newOutput(stderr)
	s.outputs = append(s.outputs, out)
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", program, out.text())
		}
	})
	timeout := time.After(10 * time.Second)
	for times > 0 {
		select {
		case line, open := <-out.lines:
			if !open {
				t.Fatalf("%s ended:\n%s", program, out.text())
			}
			if strings.Contains(line, ready) {
				times--
			}
		case <-timeout:
			t.Fatalf("%s is not ready after 10 s:\n%s", program, out.text())
		}
	}
	go out.drain()
}

// command is a program in the server's surroundings.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	words := slices.Concat(s.within, []string{program}, args)
	return exec.Command(words[0], words[1:]...)
}

// output keeps what a server writes.
type output struct {
	lines chan string // closed at the end
	mu    sync.Mutex
	all   strings.Builder
}

func newOutput(r io.Reader) *output {
	o := &output{lines: make(chan string)}
	go func() {
		defer close(o.lines)
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			o.mu.Lock()
			o.all.WriteString(scanner.Text() + "\n")
			o.mu.Unlock()
			o.lines <- scanner.Text()
		}
	}()
	return o
}

func (o *output) drain() {
	for range o.lines {
	}
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

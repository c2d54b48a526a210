package child

import (
	"io"
	"os"
	"strings"
	"testing"
)

func pipe(t *testing.T) (*outlet, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(); r.Close() })
	return newOutlet(r), w
}

// What was written before the end is read after it, and the end is where the pipe is empty though it is still open.
func TestOutletAfterTheEnd(t *testing.T) {
	o, w := pipe(t)
	io.WriteString(w, "last words")
	o.writerEnded()
	if got, err := io.ReadAll(o); string(got) != "last words" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// A Read that waits when the writer ends is woken.
func TestOutletIsInterrupted(t *testing.T) {
	o, w := pipe(t)
	io.WriteString(w, "one")
	io.ReadFull(o, make([]byte, 3))
	got := make(chan error)
	go func() {
		_, err := o.Read(make([]byte, 1))
		got <- err
	}()
	o.writerEnded()
	if err := <-got; err != io.EOF {
		t.Error(err)
	}
}

// Somebody else who holds the pipe and never lets it run empty is not listened to for ever.
func TestOutletIsBounded(t *testing.T) {
	o, w := pipe(t)
	o.writerEnded()
	block := make([]byte, 4096)
	for read := 0; ; {
		if _, err := w.Write(block); err != nil && read < maxPipe {
			t.Fatalf("write after %d bytes: %v", read, err)
		}
		n, err := o.Read(block)
		read += n
		if err == io.EOF && read == maxPipe {
			return
		}
		if err != nil || read > maxPipe {
			t.Fatalf("%d bytes read: %v", read, err)
		}
	}
}

func TestHeadTail(t *testing.T) {
	text := strings.Repeat("0123456789", 3*StderrKeep/10)
	for _, size := range []int{0, 1, StderrKeep, StderrKeep + 1, 2 * StderrKeep, 2*StderrKeep + 1, len(text)} {
		for _, step := range []int{1, 1000, StderrKeep + 3, len(text)} {
			var kept headTail
			for rest := text[:size]; rest != ""; {
				n, _ := kept.Write([]byte(rest[:min(step, len(rest))]))
				rest = rest[n:]
			}
			head, tail := text[:min(size, StderrKeep)], text[max(min(size, StderrKeep), size-StderrKeep):size]
			if string(kept.head) != head || string(kept.tail) != tail || int(kept.dropped) != size-len(head)-len(tail) {
				t.Errorf("%d bytes by %d: kept %d and %d, dropped %d", size, step, len(kept.head), len(kept.tail), kept.dropped)
			}
		}
	}
}

func TestExitString(t *testing.T) {
	tests := []struct {
		exit Exit
		want string
	}{
		{Exit{}, "exit status 0"},
		{Exit{StderrHead: "a warning"}, "exit status 0"},
		{Exit{Code: 1}, "exit status 1"},
		{Exit{Code: 2, StderrHead: "\n \npanic: \"boom\"\n\ngoroutine 1\n"}, `exit status 2: panic: "boom"`},
		{Exit{Code: 2, StderrHead: "\x1b]0;t\a\xff\u202e\\\"\rx"}, `exit status 2: \x1b]0;t\a\xff\u202e\\"\rx`},
		{Exit{Code: 3, StderrHead: strings.Repeat("z", 5000)}, "exit status 3: " + strings.Repeat("z", 120) + "..."},
		{Exit{Code: -1, Signal: "SIGKILL"}, "killed by signal 9 (SIGKILL)"},
		{Exit{Code: -1, Signal: "SIGKILL", OutOfMemory: true}, "killed by signal 9 (SIGKILL), possibly out of memory"},
		{Exit{Code: -1, Signal: "SIG40"}, "killed by SIG40"},
		{Exit{Code: -1, Err: os.ErrPermission}, "permission denied"},
	}
	for _, tt := range tests {
		if got := tt.exit.String(); got != tt.want {
			t.Errorf("%+v\ngot  %s\nwant %s", tt.exit, got, tt.want)
		}
	}
}

func TestExitWords(t *testing.T) {
	tests := []struct {
		exit Exit
		want string
	}{
		{Exit{}, "exit status 0"},
		{Exit{StderrHead: "node1 failed\n"}, "exit status 0: node1 failed"},
		{Exit{Code: 255, StderrHead: "\nwelcome\n***\n", StderrTail: "***\n\x1b[2Jno way \n\n"}, `exit status 255: welcome; \x1b[2Jno way`},
		{
			Exit{Code: 1, StderrHead: strings.Repeat("a", 5000) + "\n", StderrTail: strings.Repeat("z", 5000)},
			"exit status 1: " + strings.Repeat("a", 120) + "...; " + strings.Repeat("z", 120) + "...",
		},
	}
	for _, tt := range tests {
		if got := tt.exit.Words(); got != tt.want {
			t.Errorf("%+v\ngot  %s\nwant %s", tt.exit, got, tt.want)
		}
	}
}

// A Go program that was refused a thread has not failed by itself.
func TestExitScarce(t *testing.T) {
	for said, want := range map[string]bool{
		"runtime: failed to create new OS thread (have 2 already; errno=11)\n":   true,
		"runtime/cgo: pthread_create failed: Resource temporarily unavailable\n": true,
		"panic: runtime: failed to create new OS thread\n":                       false,
	} {
		if (Exit{Code: 2, StderrHead: said}).Scarce() != want || (Exit{Code: 1, StderrHead: said}).Scarce() {
			t.Errorf("%q: not %v", said, want)
		}
	}
}

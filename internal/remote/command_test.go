package remote

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// runner runs a command somewhere.
type runner func(Command) Result

// everywhere runs a test against sshd, by our own SSH and the system's, and on this machine: a command fares alike.
func everywhere(t *testing.T, test func(*testing.T, runner)) {
	t.Run("sshd", func(t *testing.T) {
		noLeak(t)
		server := sshdtest.Start(t, sshdtest.Options{})
		s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
		h := realHost(t, server, "ed25519")
		test(t, func(cmd Command) Result { return s.Run(context.Background(), h, cmd) })
	})
	t.Run("openssh", func(t *testing.T) {
		noLeak(t)
		server := sshdtest.Start(t, sshdtest.Options{})
		o := newOpenSSH(t, OpenSSHConfig{Args: trusting(t, server), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
		test(t, func(cmd Command) Result { return o.Run(context.Background(), realHost(t, server), cmd) })
	})
	t.Run("local", func(t *testing.T) {
		noLeak(t)
		test(t, func(cmd Command) Result { return RunLocal(context.Background(), cmd, time.Minute) })
	})
}

// collected is what Command.Output was given.
type collected struct {
	out, errs bytes.Buffer
	largest   int
	busy      atomic.Bool
	overlap   bool
}

func (c *collected) take(stderr bool, data []byte) {
	if !c.busy.CompareAndSwap(false, true) {
		c.overlap = true
	}
	c.largest = max(c.largest, len(data))
	if stderr {
		c.errs.Write(data)
	} else {
		c.out.Write(data)
	}
	c.busy.Store(false)
}

// numbered is n bytes that differ from place to place.
func numbered(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintln(&b, i)
	}
	return b.Bytes()[:n]
}

func TestStdin(t *testing.T) {
	everywhere(t, func(t *testing.T, run runner) {
		const size = 10 << 20
		input := numbered(size)
		for _, tt := range []struct {
			name, line string
			status     fleet.Status
			out        []byte
		}{
			{"all comes back", "cat", fleet.StatusOK, input},
			{"not read", "echo x", fleet.StatusOK, []byte("x\n")},
			{"not read for a while", "sleep 0.3; echo x", fleet.StatusOK, []byte("x\n")},
			{"closed", "exec 0<&-; sleep 0.3; echo x", fleet.StatusOK, []byte("x\n")},
			{"read in part", "head -c 5; exit 3", fleet.StatusExit, input[:5]},
		} {
			r := run(Command{Line: tt.line, Stdin: input, MaxOutput: size})
			if r.Status != tt.status || !bytes.Equal(r.Stdout, tt.out) {
				t.Errorf("%s: %s/%s %q, %d bytes, want %d", tt.name, r.Status, r.Phase, r.Err, len(r.Stdout), len(tt.out))
			}
		}
		if r := run(Command{Line: "cat; echo end", MaxOutput: 100}); string(r.Stdout) != "end\n" {
			t.Errorf("no input: %+v", r)
		}
	})
}

// TestStdinNeverRead has the time of a command be up while it has read nothing.
func TestStdinNeverRead(t *testing.T) {
	noLeak(t)
	cmd := Command{Line: "sleep 1000", Stdin: make([]byte, 10<<20), MaxOutput: 10}
	h, _ := fakeHost{session: accept}.serve(t)
	s := newSSH(t, Config{ConnectTimeout: time.Minute, CommandTimeout: testTimeout})
	for _, r := range []Result{s.Run(context.Background(), h, cmd), RunLocal(context.Background(), cmd, testTimeout)} {
		if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseExec || r.Duration > 10*time.Second {
			t.Errorf("%+v", r)
		}
	}
}

func TestTruncate(t *testing.T) {
	everywhere(t, func(t *testing.T, run runner) {
		const size, most = 100_000_000, 1000
		line := fmt.Sprintf("head -c %d /dev/zero; head -c 5000 /dev/zero >&2; exit 3", size)
		var got collected
		largest := peak(t, func() {
			for _, output := range []func(bool, []byte){nil, got.take} {
				r := run(Command{Line: line, MaxOutput: most, Truncate: true, Output: output})
				if r.Status != fleet.StatusExit || r.ExitCode != 3 || r.StdoutDropped != size-most || r.StderrDropped != 5000-most {
					t.Errorf("%s/%s %q, dropped %d and %d", r.Status, r.Phase, r.Err, r.StdoutDropped, r.StderrDropped)
				}
				if want := most; output == nil && (len(r.Stdout) != want || len(r.Stderr) != want) {
					t.Errorf("kept %d and %d", len(r.Stdout), len(r.Stderr))
				}
			}
		})
		if got.out.Len() != most || got.errs.Len() != most {
			t.Errorf("given %d and %d", got.out.Len(), got.errs.Len())
		}
		if largest > 16<<20 {
			t.Errorf("the heap grew by %d bytes", largest)
		}
		if r := run(Command{Line: "printf 12345", MaxOutput: 5, Truncate: true}); r.Status != fleet.StatusOK || r.StdoutDropped != 0 || string(r.Stdout) != "12345" {
			t.Errorf("at the bound: %+v", r)
		}
	})
}

// peak is by how much the heap grew at most while f ran.
func peak(t *testing.T, f func()) int64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is garbage is not to count for long
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, largest := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		for ticks := time.Tick(5 * time.Millisecond); ; {
			select {
			case <-ticks:
				runtime.ReadMemStats(&now)
				most = max(most, int64(now.HeapAlloc)-int64(before.HeapAlloc))
			case <-done:
				largest <- most
				return
			}
		}
	}()
	f()
	close(done)
	return <-largest
}

// TestOutput has both streams come at once, and all of both arrive, whole and in order.
func TestOutput(t *testing.T) {
	everywhere(t, func(t *testing.T, run runner) {
		const lines = 20_000
		line := fmt.Sprintf("i=0; while [ $i -lt %d ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; exit 7", lines)
		var got collected
		r := run(Command{Line: line, MaxOutput: 1 << 20, Output: got.take})
		var out, errs strings.Builder
		for i := range lines {
			fmt.Fprintln(&out, "out", i)
			fmt.Fprintln(&errs, "err", i)
		}
		if got.out.String() != out.String() || got.errs.String() != errs.String() || got.overlap || got.largest > fleet.MaxOutputPart {
			t.Errorf("%d and %d bytes, want %d; overlap %v, largest %d", got.out.Len(), got.errs.Len(), out.Len(), got.overlap, got.largest)
		}
		if r.Status != fleet.StatusExit || r.Err != "exit status 7: err 0" || r.Stdout != nil || r.Stderr != nil || r.Received.IsZero() {
			t.Errorf("%+v", r)
		}
	})
}

// TestOutputOver holds that without Truncate the bound is the end, and is all that is given.
func TestOutputOver(t *testing.T) {
	everywhere(t, func(t *testing.T, run runner) {
		for _, line := range []string{"yes", "yes >&2"} {
			var got collected
			r := run(Command{Line: line, MaxOutput: 10_000, Output: got.take})
			if r.Status != fleet.StatusOutput || r.Phase != fleet.PhaseOutput || got.out.Len()+got.errs.Len() != 10_000 {
				t.Errorf("%s: %d and %d bytes, %+v", line, got.out.Len(), got.errs.Len(), r)
			}
		}
	})
}

// TestSlowOutput has the taker of output need longer than a command that ended in time, and whose host then hung up: it
// gets all, and the command is ok.
func TestSlowOutput(t *testing.T) {
	noLeak(t)
	const size = 100_000
	closed := make(chan struct{})
	h, _ := fakeHost{session: func(ch ssh.Channel, r *ssh.Request, c *ssh.Conn) {
		r.Reply(true, nil)
		ch.Write(make([]byte, size))
		exitStatus(ch, 0)
		ch.Close()
		(*c).Close()
		close(closed)
	}}.serve(t)
	s := newSSH(t, Config{ConnectTimeout: time.Minute, CommandTimeout: testTimeout})
	begin, got := time.Now(), 0
	r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: size, Output: func(_ bool, data []byte) {
		if got == 0 {
			<-closed
			<-time.After(time.Until(begin.Add(2 * testTimeout))) // past the deadline: what must hold is about time
		}
		got += len(data)
	}})
	if r.Status != fleet.StatusOK || got != size {
		t.Errorf("%d bytes, %+v", got, r)
	}
}

// TestNoOutputOnceCutOff has the taker of output block until the command was cut off: it is given nothing more.
func TestNoOutputOnceCutOff(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); endless(ch) }}.serve(t)
	s := newSSH(t, Config{ConnectTimeout: time.Minute})
	o := newOpenSSH(t, OpenSSHConfig{Args: []string{"-oUserKnownHostsFile=" + writeTemp(t, knownLines(t, h))}})
	for name, run := range map[string]func(context.Context, Command) Result{
		"openssh": func(ctx context.Context, cmd Command) Result { return o.Run(ctx, h, cmd) },
		"ssh":     func(ctx context.Context, cmd Command) Result { return s.Run(ctx, h, cmd) },
		"local":   func(ctx context.Context, cmd Command) Result { return RunLocal(ctx, cmd, 0) },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		r := run(ctx, Command{Line: "yes", MaxOutput: 1 << 30, Output: func(bool, []byte) {
			calls++
			cancel()
			<-time.After(100 * time.Millisecond) // for the news to get about
		}})
		if calls != 1 || r.Status != fleet.StatusCanceled || name == "ssh" && r.StdoutDropped == 0 {
			t.Errorf("%s: %d calls, %+v", name, calls, r)
		}
	}
}

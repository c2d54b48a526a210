package remote

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
)

func TestRetries(t *testing.T) {
	noLeak(t)
	for _, tt := range []struct {
		name            string
		handle          func(net.Conn)
		retries, budget int
		attempts        int
	}{
		{"F8 closed", func(net.Conn) {}, 2, 10, 3},
		{"F8 reset", reset, 2, 10, 3},
		{"F12 too many connections", func(c net.Conn) { io.WriteString(c, "Exceeded MaxStartups\r\n") }, 1, 10, 2},
		{"F8 closed in kex", func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n") }, 1, 10, 2},
		{"F8 no retries", func(net.Conn) {}, 0, 10, 1},
		{"F8 small budget", func(net.Conn) {}, 5, 1, 2},
		{"F7 not SSH", func(c net.Conn) { io.WriteString(c, "hello\r\n") }, 5, 10, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, conns := serve(t, tt.handle)
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: tt.retries, RetryBudget: tt.budget})
			r := s.Run(context.Background(), h, Command{Line: "x"})
			if r.Attempts != tt.attempts || conns() != tt.attempts || r.Status == fleet.StatusOK {
				t.Errorf("%d connections, %+v", conns(), r)
			}
		})
	}
}

// A host that hangs up on the first two of its callers is tried again, and is ok.
func TestF8RetrySucceeds(t *testing.T) {
	speak, pins := fakeHost{}.handler(t)
	refuse := make(chan struct{}, 2)
	refuse <- struct{}{}
	refuse <- struct{}{}
	h, _ := serve(t, func(c net.Conn) {
		select {
		case <-refuse:
		default:
			speak(c)
		}
	})
	h = pinned(h, pins)
	r := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: 2, RetryBudget: 2}).Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
	if r.Status != fleet.StatusOK || r.Attempts != 3 || r.Connect < firstPause || string(r.Stdout) != "hello\n" {
		t.Errorf("%+v", r)
	}
	if r.Received.Before(r.StartedAt) || r.Duration < r.Connect {
		t.Errorf("times out of order: %+v", r)
	}
}

func TestDialFailures(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().(*net.TCPAddr).Port
	l.Close()
	for _, tt := range []struct {
		name   string
		host   fleet.Host
		status fleet.Status
		phase  fleet.Phase
	}{
		{"F1 closed port", fleet.Host{Name: "127.0.0.1", Port: closed}, fleet.StatusRefused, fleet.PhaseConnect},
		{"F32 no name", fleet.Host{Name: "two..dots"}, fleet.StatusResolve, fleet.PhaseResolve},
		{"F3 no such network", fleet.Host{Name: "255.255.255.255"}, fleet.StatusUnreachable, fleet.PhaseConnect},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newSSH(t, Config{ConnectTimeout: 10 * time.Second, Retries: 2, RetryBudget: 2}).Run(context.Background(), tt.host, Command{Line: "x"})
			if r.Status != tt.status || r.Phase != tt.phase || r.Err == "" || r.Attempts != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestNoLocalAddress has this machine be out of ports, or without IPv6, which the kernel tells alike.
func TestNoLocalAddress(t *testing.T) {
	for _, tt := range []struct {
		to      net.Addr
		number  syscall.Errno
		dialled time.Duration
		status  fleet.Status
	}{
		{&net.TCPAddr{IP: net.IPv6loopback}, syscall.EADDRNOTAVAIL, 0, fleet.StatusLocal},
		{&net.TCPAddr{IP: net.IPv6loopback}, syscall.EADDRNOTAVAIL, ipv6Hold, fleet.StatusUnreachable},
		{&net.TCPAddr{IP: net.IPv6loopback}, syscall.EMFILE, time.Hour, fleet.StatusLocal},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, syscall.EADDRNOTAVAIL, time.Hour, fleet.StatusLocal},
		{nil, syscall.EADDRNOTAVAIL, time.Hour, fleet.StatusLocal},
	} {
		err := &net.OpError{Op: "dial", Net: "tcp", Addr: tt.to, Err: os.NewSyscallError("connect", tt.number)}
		f := (&visit{}).dialFailure(err, fleet.PhaseConnect, tt.dialled)
		if f.status != tt.status || f.phase != fleet.PhaseConnect || f.text != tt.number.Error() {
			t.Errorf("%v, %v after %v: %+v", tt.to, tt.number, tt.dialled, f)
		}
	}
}

// TestCancel stops visits in every phase: they end at once.
func TestCancel(t *testing.T) {
	noLeak(t)
	_, key := newKey(t)
	for _, f := range stalls() {
		t.Run(f.name, func(t *testing.T) {
			var h fleet.Host
			if f.raw != nil {
				h, _ = serve(t, f.raw)
			} else {
				h, _ = f.host.serve(t)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
			s := newSSH(t, Config{Identities: identities(key), Logins: logins("", 1), Retries: 2, RetryBudget: 2})
			start := time.Now()
			r := s.Run(ctx, h, Command{Line: "x", MaxOutput: 1 << 20})
			if r.Status != fleet.StatusCanceled || r.Phase == "" || r.Err == "" {
				t.Errorf("%+v", r)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	h, conns := serve(t, func(net.Conn) {})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for conns() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.AfterFunc(firstPause/10, cancel)
	}()
	if r := newSSH(t, Config{Retries: 5, RetryBudget: 5}).Run(ctx, h, Command{}); r.Status != fleet.StatusCanceled || r.Phase != fleet.PhaseBanner {
		t.Errorf("canceled before a retry: %+v", r)
	}
	if r := newSSH(t, Config{}).Run(ctx, fleet.Host{Name: "127.0.0.1", Port: 1}, Command{}); r.Status != fleet.StatusCanceled {
		t.Errorf("canceled before: %+v", r)
	}
}

// TestF76Descriptors takes all descriptors: that is not the host's fault, which waits until there are some.
func TestF76Descriptors(t *testing.T) {
	h, _ := fakeHost{}.serve(t)
	squeeze, restore := descriptors(t)
	squeeze()
	r := newSSH(t, Config{ConnectTimeout: 200 * time.Millisecond}).Run(context.Background(), h, Command{Line: "x"})
	local := RunLocal(context.Background(), Command{Line: "true"}, 200*time.Millisecond)
	if r.Status != fleet.StatusLocal || r.Phase != fleet.PhaseConnect || !strings.Contains(r.Err, "too many open files") {
		t.Errorf("%+v", r)
	}
	if local.Status != fleet.StatusLocal || !strings.Contains(local.Err, "too many open files") {
		t.Errorf("%+v", local)
	}

	defer time.AfterFunc(100*time.Millisecond, restore).Stop()
	r = newSSH(t, Config{ConnectTimeout: time.Minute}).Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
	if r.Status != fleet.StatusOK || r.Attempts != 1 {
		t.Errorf("%+v", r)
	}
}

// A host that was left little of its time, since this machine lacked descriptors for more of it, is not to blame when that is up.
func TestF76TimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for lacking, status := range map[time.Duration]fleet.Status{9 * time.Second: fleet.StatusLocal, 2 * time.Second: fleet.StatusTimeout} {
			v := &visit{deadline: time.Now().Add(10 * time.Second), login: &login{timeout: 10 * time.Second}}
			bounded, cancel := context.WithDeadline(context.Background(), v.deadline)
			enough := time.Now().Add(lacking)
			f := v.holding(context.Background(), bounded, fleet.PhaseConnect, func() error {
				if time.Now().Before(enough) {
					return syscall.EMFILE
				}
				<-bounded.Done()
				return bounded.Err()
			})
			if cancel(); f == nil || f.status != status {
				t.Errorf("%v: %+v", lacking, f)
			}
		}
	})
}

// TestF76Agent takes all descriptors when a host asks for a key: the agent is reached once there are some. The host is not to
// blame.
func TestF76Agent(t *testing.T) {
	ring, keys := keyring(t, 1)
	socket, _ := serveAgent(t, func(c net.Conn) { sshagent.ServeAgent(ring, c) })
	for timeout, status := range map[time.Duration]fleet.Status{time.Minute: fleet.StatusOK, time.Second: fleet.StatusLocal} {
		h, _ := letsIn(keys[0], new(atomic.Int32)).serve(t)
		h = pinned(h, nil)
		squeeze, restore := descriptors(t)
		s := newSSH(t, Config{Logins: logins(socket, 0), ConnectTimeout: timeout, Ask: func(context.Context, fleet.HostKey) (fleet.Verdict, error) {
			squeeze()
			if status == fleet.StatusOK {
				time.AfterFunc(100*time.Millisecond, restore)
			}
			return fleet.Verdict{Decision: fleet.Accept}, nil
		}})
		r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
		restore()
		if r.Status != status {
			t.Errorf("%v: %+v", timeout, r)
		}
	}
}

// descriptors returns what leaves no descriptor to this process, and what gives it them back.
func descriptors(t *testing.T) (squeeze, restore func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	set := func(limit syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { set(limit) })
	tight := limit
	tight.Cur = 3
	return func() { set(tight) }, func() { set(limit) }
}

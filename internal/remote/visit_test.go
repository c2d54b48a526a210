package remote

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

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
		{"closed", func(net.Conn) {}, 2, 10, 3},
		{"reset", reset, 2, 10, 3},
		{"too many connections", func(c net.Conn) { io.WriteString(c, "Exceeded MaxStartups\r\n") }, 1, 10, 2},
		{"closed in kex", func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n") }, 1, 10, 2},
		{"no retries", func(net.Conn) {}, 0, 10, 1},
		{"small budget", func(net.Conn) {}, 5, 1, 2},
		{"not SSH", func(c net.Conn) { io.WriteString(c, "hello\r\n") }, 5, 10, 1},
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

// TestRetrySucceeds has a host that hangs up on the first two of its callers.
func TestRetrySucceeds(t *testing.T) {
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
	h.Pins = pins
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
		host   fleet.Host
		status fleet.Status
		phase  fleet.Phase
	}{
		{fleet.Host{Name: "127.0.0.1", Port: closed}, fleet.StatusRefused, fleet.PhaseConnect},
		{fleet.Host{Name: "two..dots"}, fleet.StatusResolve, fleet.PhaseResolve},
		{fleet.Host{Name: "255.255.255.255"}, fleet.StatusUnreachable, fleet.PhaseConnect},
	} {
		r := newSSH(t, Config{ConnectTimeout: 10 * time.Second, Retries: 2, RetryBudget: 2}).Run(context.Background(), tt.host, Command{Line: "x"})
		if r.Status != tt.status || r.Phase != tt.phase || r.Err == "" || r.Attempts != 1 {
			t.Errorf("%s: %+v", tt.host.Name, r)
		}
	}
}

// TestCancel stops visits in every phase: they end at once.
func TestCancel(t *testing.T) {
	noLeak(t)
	_, key := newKey(t)
	for _, f := range faults {
		if f.status != fleet.StatusTimeout {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			var h fleet.Host
			if f.raw != nil {
				h, _ = serve(t, f.raw)
			} else {
				h, _ = f.host.serve(t)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
			s := newSSH(t, Config{Keys: []fleet.Secret{key}, Retries: 2, RetryBudget: 2})
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
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := newSSH(t, Config{}).Run(ctx, fleet.Host{Name: "127.0.0.1", Port: 1}, Command{}); r.Status != fleet.StatusCanceled {
		t.Errorf("canceled before: %+v", r)
	}
}

// TestDescriptorsUsedUp takes all descriptors: that is not the host's fault, which waits until there are some.
func TestDescriptorsUsedUp(t *testing.T) {
	h, _ := fakeHost{}.serve(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	restore := func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }
	defer restore()
	probe, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	squeeze := func() {
		tight := limit
		tight.Cur = 3
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &tight); err != nil {
			t.Fatal(err)
		}
	}

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

// proxy passes bytes both ways between its clients and the host, those from the host through change, with the number
// that came before.
func proxy(t *testing.T, h fleet.Host, change func(before int, p []byte) (out []byte, more bool)) fleet.Host {
	t.Helper()
	front, _ := serve(t, func(client net.Conn) {
		server, err := net.Dial("tcp", h.Address())
		if err != nil {
			return
		}
		defer server.Close()
		go func() {
			defer server.Close()
			io.Copy(server, client)
		}()
		buf := make([]byte, 1<<12)
		for before := 0; ; {
			n, err := server.Read(buf)
			out, more := change(before, buf[:n])
			client.Write(out)
			before += n
			if err != nil || !more {
				return
			}
		}
	})
	front.Pins, front.User = h.Pins, h.User
	return front
}

// TestCut ends the connection after n bytes, for many n. Never may half an answer look whole.
func TestCut(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	var passed atomic.Int64
	proxied := proxy(t, h, func(before int, p []byte) ([]byte, bool) { passed.Add(int64(len(p))); return p, true })
	s := newSSH(t, Config{ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	if r := s.Run(context.Background(), proxied, Command{Line: "x", MaxOutput: 100}); r.Status != fleet.StatusOK {
		t.Fatalf("%+v", r)
	}
	total, ok := int(passed.Load()), 0
	for n := 1; n < total+100; n += 61 {
		cut := proxy(t, h, func(before int, p []byte) ([]byte, bool) {
			if before+len(p) < n {
				return p, true
			}
			return p[:min(len(p), n-before)], false
		})
		switch r := s.Run(context.Background(), cut, Command{Line: "x", MaxOutput: 100}); r.Status {
		case fleet.StatusClosed, fleet.StatusProtocol:
		case fleet.StatusOK:
			ok++
			if n < total-100 || string(r.Stdout) != "hello\n" { // the last packet is the channel's close
				t.Errorf("ok with %d of %d bytes, %q", n, total, r.Stdout)
			}
		default:
			t.Errorf("cut at %d: %+v", n, r)
		}
	}
	if ok == 0 {
		t.Error("never ok")
	}
}

// TestFlip changes one bit of what comes encrypted.
func TestFlip(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	s := newSSH(t, Config{ConnectTimeout: testTimeout, CommandTimeout: testTimeout})
	var visits sync.WaitGroup
	defer visits.Wait()
	for n := 1500; n < 2400; n += 97 {
		flipped := proxy(t, h, func(before int, p []byte) ([]byte, bool) {
			if at := n - before; at >= 0 && at < len(p) {
				p[at] ^= 1
			}
			return p, true
		})
		visits.Go(func() {
			r := s.Run(context.Background(), flipped, Command{Line: "x", MaxOutput: 100})
			if r.Status == fleet.StatusOK && (n < 1800 || string(r.Stdout) != "hello\n") {
				t.Errorf("byte %d: %+v", n, r)
			}
		})
	}
}

// FuzzServer has a host send arbitrary bytes.
func FuzzServer(f *testing.F) {
	f.Add([]byte("SSH-2.0-x\r\n"))
	f.Add([]byte("SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14"))
	f.Add([]byte("\n\n\nSS\nSSH-\r\n\xff\xff\xff\xff"))
	f.Add([]byte(strings.Repeat("x", 300) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			if c, err := l.Accept(); err == nil {
				c.Write(data)
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c)
				c.Close()
			}
		}()
		s := newSSH(t, Config{ConnectTimeout: 5 * time.Second})
		h := fleet.Host{Name: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
		r := s.Run(context.Background(), h, Command{Line: "x"})
		switch r.Status {
		case fleet.StatusClosed, fleet.StatusProtocol, fleet.StatusTimeout:
		default:
			t.Errorf("%+v", r)
		}
		l.Close()
		<-served
	})
}

// BenchmarkVisit is a whole visit to a host in this process; BenchmarkBare is the library's own way to do it.
func BenchmarkVisit(b *testing.B) {
	h, key := benchHost(b)
	s, err := NewSSH(Config{Keys: []fleet.Secret{key}, ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 1 << 16}); r.Status != fleet.StatusOK {
			b.Fatalf("%+v", r)
		}
	}
}

func BenchmarkBare(b *testing.B) {
	h, key := benchHost(b)
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		b.Fatal(err)
	}
	pin, err := ssh.ParsePublicKey(h.Pins[0])
	if err != nil {
		b.Fatal(err)
	}
	config := &ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(pin)}
	b.ReportAllocs()
	for b.Loop() {
		client, err := ssh.Dial("tcp", h.Address(), config)
		if err != nil {
			b.Fatal(err)
		}
		session, err := client.NewSession()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := session.Output("x"); err != nil {
			b.Fatal(err)
		}
		client.Close()
	}
}

func benchHost(b *testing.B) (fleet.Host, fleet.Secret) {
	_, key := newKey(b)
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth = false
		c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
	}}.serve(b)
	return h, key
}

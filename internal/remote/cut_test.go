package remote

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/tier"
)

// relay passes bytes both ways between its clients and the host, those from the host through change, with the number
// that came before.
func relay(t *testing.T, h fleet.Host, change func(before int, p []byte) (out []byte, more bool)) fleet.Host {
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
	front.Shared, front.User = h.Shared, h.User
	return front
}

// A connection that ends after n bytes, for many n, is closed or a protocol error: never may half an answer look whole.
func TestF28Cut(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	var passed atomic.Int64
	proxied := relay(t, h, func(before int, p []byte) ([]byte, bool) { passed.Add(int64(len(p))); return p, true })
	s := newSSH(t, Config{ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	if r := s.Run(context.Background(), proxied, Command{Line: "x", MaxOutput: 100}); r.Status != fleet.StatusOK {
		t.Fatalf("%+v", r)
	}
	total, ok := int(passed.Load()), 0
	for n := 1; n < total+100; n += tier.Times(127, 37, 1) {
		cut := relay(t, h, func(before int, p []byte) ([]byte, bool) {
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

// One bit that is changed in what comes encrypted ends the visit as a protocol error, or leaves it waiting for what a changed
// length promised: never is it ok with other data.
func TestF29Flip(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	var passed atomic.Int64
	counted := relay(t, h, func(_ int, p []byte) ([]byte, bool) { passed.Add(int64(len(p))); return p, true })
	s := newSSH(t, Config{ConnectTimeout: 2 * testTimeout, CommandTimeout: 2 * testTimeout})
	if r := s.Run(context.Background(), counted, Command{Line: "x", MaxOutput: 100}); r.Status != fleet.StatusOK {
		t.Fatalf("%+v", r)
	}
	total := int(passed.Load())
	var visits sync.WaitGroup
	defer visits.Wait()
	for i := range tier.Times(16, 32, 128) {
		n, bit := total-400+rand.IntN(350), byte(1)<<rand.IntN(8) // what is encrypted, to the exit status
		flipped := relay(t, h, func(before int, p []byte) ([]byte, bool) {
			if at := n - before; at >= 0 && at < len(p) {
				p[at] ^= bit
			}
			return p, true
		})
		visits.Go(func() {
			r := s.Run(context.Background(), flipped, Command{Line: "x", MaxOutput: 100})
			if r.Status != fleet.StatusProtocol && r.Status != fleet.StatusTimeout {
				t.Errorf("flip %d: bit %#x of byte %d of %d: %+v", i, bit, n, total, r)
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
		noLeak(t)
		address := "127.0.0.1:0"
		if runtime.GOOS == "linux" { // all of 127/8 is ours there: ports of one address are used up for a minute
			address = fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
		}
		l, err := net.Listen("tcp4", address)
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
		at := l.Addr().(*net.TCPAddr)
		h := fleet.Host{Name: at.IP.String(), Port: at.Port}
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

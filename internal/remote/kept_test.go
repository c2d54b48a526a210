package remote

import (
	"bytes"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// hello is what a fakeHost answers.
func hello(t *testing.T, s *SSH, h fleet.Host) Result {
	t.Helper()
	r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
	if r.Status != fleet.StatusOK || string(r.Stdout) != "hello\n" {
		t.Errorf("%+v", r)
	}
	return r
}

// keeping is a configuration for hosts that are visited again.
func keeping() Config {
	return Config{ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Retries: 2, RetryBudget: 2, Keep: 4}
}

// One connection serves all visits of a host that stands, and says each time where it leads and what it took to connect.
func TestKept(t *testing.T) {
	noLeak(t)
	h, conns := fakeHost{}.serve(t)
	s := newSSH(t, keeping())
	first := hello(t, s, h)
	for range 20 {
		r := hello(t, s, h)
		if r.Address != first.Address || r.RTT != first.RTT || r.Attempts != 0 || r.Connect == 0 {
			t.Errorf("%+v, first %+v", r, first)
		}
	}
	if conns() != 1 {
		t.Errorf("%d connections", conns())
	}
}

// Where nothing is kept, or there is no more room, each visit has its own connection, which ends with it.
func TestKeptNoMoreThan(t *testing.T) {
	noLeak(t)
	for keep, want := range map[int]int{0: 6, 1: 4, 2: 2} {
		cfg := keeping()
		cfg.Keep = keep
		s := newSSH(t, cfg)
		a, connsA := fakeHost{}.serve(t)
		b, connsB := fakeHost{}.serve(t)
		for range 3 {
			hello(t, s, a)
			hello(t, s, b)
		}
		if got := connsA() + connsB(); got != want {
			t.Errorf("keep %d: %d connections, not %d", keep, got, want)
		}
	}
}

// A connection that the host closed between two visits is made anew, and nobody hears of it.
func TestKeptIsLost(t *testing.T) {
	noLeak(t)
	for name, end := range map[string]func(net.Conn){"closed": func(c net.Conn) { c.Close() }, "reset": func(c net.Conn) { reset(c); c.Close() }} {
		t.Run(name, func(t *testing.T) {
			speak, pins := fakeHost{}.handler(t)
			var mu sync.Mutex
			var last net.Conn
			h, conns := serve(t, func(c net.Conn) {
				mu.Lock()
				last = c
				mu.Unlock()
				speak(c)
			})
			h = pinned(h, pins)
			s := newSSH(t, keeping())
			for i := range 3 {
				if r := hello(t, s, h); r.Attempts != 1 || conns() != i+1 {
					t.Errorf("visit %d: %d connections, %+v", i, conns(), r)
				}
				mu.Lock()
				end(last)
				mu.Unlock()
			}
		})
	}
}

// A host that has one session a connection refuses the second, or says nothing to it: it gets another connection.
func TestKeptGrantsNoSession(t *testing.T) {
	noLeak(t)
	for name, refuse := range map[string]func(ssh.NewChannel){
		"refused": func(c ssh.NewChannel) { c.Reject(ssh.ResourceShortage, "one is enough") },
		"silent":  func(ssh.NewChannel) {},
	} {
		t.Run(name, func(t *testing.T) {
			var sessions atomic.Int32
			var host fakeHost
			host.open = func(c ssh.NewChannel) {
				if sessions.Add(1)%2 == 0 {
					refuse(c)
					return
				}
				fakeHost{}.answer(nil, c)
			}
			// The answer to a session holds up its connection until that is closed: here it is to hear of the next.
			answer := host.open
			host.open = func(c ssh.NewChannel) { go answer(c) }
			h, conns := host.serve(t)
			cfg := keeping()
			cfg.ConnectTimeout = 2 * testTimeout
			s := newSSH(t, cfg)
			hello(t, s, h)
			if r := hello(t, s, h); r.Attempts != 1 || conns() != 2 {
				t.Errorf("%d connections, %+v", conns(), r)
			}
		})
	}
}

// A host that takes a session on a connection that was kept, and then says nothing, is late as any other, and its connection
// is of no use any more.
func TestKeptIsLate(t *testing.T) {
	noLeak(t)
	var sessions atomic.Int32
	h, conns := fakeHost{session: func(ch ssh.Channel, request *ssh.Request, _ *ssh.Conn) {
		if sessions.Add(1) == 2 {
			return
		}
		request.Reply(true, nil)
		ch.Write([]byte("hello\n"))
		exitStatus(ch, 0)
		ch.Close()
	}}.serve(t)
	cfg := keeping()
	cfg.CommandTimeout = testTimeout
	s := newSSH(t, cfg)
	hello(t, s, h)
	if r := s.Run(context.Background(), h, Command{Line: "x"}); r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseExec || conns() != 1 {
		t.Errorf("%d connections, %+v", conns(), r)
	}
	if hello(t, s, h); conns() != 2 {
		t.Errorf("%d connections", conns())
	}
}

// What ends a command ends its connection: too much output, and being stopped. Who is stopped before his visit begins ends none.
func TestKeptIsClosed(t *testing.T) {
	noLeak(t)
	began := make(chan struct{})
	h, conns := fakeHost{session: func(ch ssh.Channel, request *ssh.Request, _ *ssh.Conn) {
		request.Reply(true, nil)
		ch.Write([]byte("hello\n"))
		if bytes.HasSuffix(request.Payload, []byte("wait")) {
			close(began)
			return
		}
		exitStatus(ch, 0)
		ch.Close()
	}}.serve(t)
	s := newSSH(t, keeping())
	if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 1}); r.Status != fleet.StatusOutput {
		t.Errorf("%+v", r)
	}
	if hello(t, s, h); conns() != 2 {
		t.Errorf("%d connections", conns())
	}
	stopped, stop := context.WithCancel(context.Background())
	go func() {
		<-began
		stop()
	}()
	if r := s.Run(stopped, h, Command{Line: "wait", MaxOutput: 10}); r.Status != fleet.StatusCanceled {
		t.Errorf("%+v", r)
	}
	if hello(t, s, h); conns() != 3 {
		t.Errorf("%d connections", conns())
	}
	for range 100 {
		if r := s.Run(stopped, h, Command{Line: "x"}); r.Status != fleet.StatusCanceled || r.Attempts != 0 {
			t.Fatalf("%+v", r)
		}
	}
	if hello(t, s, h); conns() != 3 {
		t.Errorf("%d connections", conns())
	}
}

// A host that floods us while nothing is asked of it is hung up on.
func TestKeptTalks(t *testing.T) {
	noLeak(t)
	hungUp := make(chan struct{}, 2)
	h, conns := fakeHost{conn: func(c *ssh.ServerConn) {
		for junk := make([]byte, 16<<10); ; {
			if _, _, err := c.SendRequest("junk", false, junk); err != nil {
				break
			}
		}
		hungUp <- struct{}{}
	}}.serve(t)
	s := newSSH(t, keeping())
	hello(t, s, h)
	<-hungUp
	if hello(t, s, h); conns() != 2 {
		t.Errorf("%d connections", conns())
	}
}

// A host that is silent while its connection waits is found to be gone.
func TestKeptIsSilent(t *testing.T) {
	noLeak(t)
	speak, pins := fakeHost{}.handler(t)
	held := make(chan *holding, 2)
	h, conns := serve(t, func(c net.Conn) {
		hold := &holding{Conn: c}
		held <- hold
		speak(hold)
	})
	h = pinned(h, pins)
	cfg := keeping()
	cfg.Logins = logins("", 0)
	cfg.Logins[0].KeepAliveMS, cfg.Logins[0].KeepAlives = 20, 2
	s := newSSH(t, cfg)
	hello(t, s, h)
	(<-held).silent.Store(true)
	eventually(t, "the end of the connection", func() bool {
		s.kept.mu.Lock()
		defer s.kept.mu.Unlock()
		for _, c := range s.kept.clients {
			return c.wire.ended()
		}
		return false
	})
	if r := hello(t, s, h); r.Attempts != 1 || conns() != 2 {
		t.Errorf("%d connections, %+v", conns(), r)
	}
}

// holding is a connection on which nothing more is said from some time on.
type holding struct {
	net.Conn
	silent atomic.Bool
}

func (h *holding) Write(p []byte) (int, error) {
	if h.silent.Load() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

// Hosts behind a jump host keep their tunnels, and where that is lost they get another.
func TestKeptBehindJump(t *testing.T) {
	noLeak(t)
	var mu sync.Mutex
	var last *ssh.ServerConn
	jump, links := fakeHost{conn: func(c *ssh.ServerConn) {
		mu.Lock()
		defer mu.Unlock()
		last = c
	}}.fakeJump(t, "jump")
	h, conns := fakeHost{}.serve(t)
	s := newSSH(t, keeping())
	for round := range 3 {
		for range 5 {
			hello(t, s, behind(h, jump))
		}
		if links() != round+1 || conns() != round+1 {
			t.Errorf("round %d: %d links, %d connections", round, links(), conns())
		}
		mu.Lock()
		last.Close()
		mu.Unlock()
	}
}

// Retries that are given back are no more than there were, whatever hosts that fail took beyond them.
func TestRefund(t *testing.T) {
	var r retries
	r.budget.Store(2)
	for range 10 {
		r.take(time.Time{}, 0)
	}
	for _, want := range []int64{1, 2, 2} {
		if r.refund(2); r.budget.Load() != want {
			t.Errorf("%d left, not %d", r.budget.Load(), want)
		}
	}
}

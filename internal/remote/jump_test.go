package remote

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// All hosts behind a chain share one connection to each of its jump hosts, now and later.
func TestJumpChain(t *testing.T) {
	noLeak(t)
	for hops := 1; hops <= 3; hops++ {
		h, connections := fakeHost{}.serve(t)
		var counts []func() int
		var chain []fleet.Host
		for i := range hops {
			hop, count := fakeHost{}.fakeJump(t, fmt.Sprint("hop", i+1))
			chain, counts = append(chain, hop), append(counts, count)
		}
		s := newSSH(t, Config{ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Handshakes: 4})
		for range 2 {
			results := runAll(s, behind(h, chain...), 20)
			allAre(t, results, fleet.StatusOK, "", "")
			for _, r := range results {
				if r.Attempts != 1 || r.RTT <= 0 || string(r.Stdout) != "hello\n" {
					t.Errorf("%+v", r)
				}
			}
		}
		for i, count := range counts {
			if count() != 1 {
				t.Errorf("%d hops: %d connections to hop %d", hops, count(), i+1)
			}
		}
		if connections() != 40 {
			t.Errorf("%d connections to the host", connections())
		}
	}
}

// Each jump host's key is asked about under its own name, once, for a host that waits for it. One that has no time to hear the
// answer does not spoil it for the others.
func TestJumpKeys(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	first, _ := fakeHost{}.fakeJump(t, "hop1")
	second, _ := fakeHost{}.fakeJump(t, "hop2")
	first, second = pinned(first, nil), second.Along(fleet.Way{KnownAs: "alias"})
	var mu sync.Mutex
	var asked []fleet.HostKey
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Handshakes: 20, Ask: func(ctx context.Context, q fleet.HostKey) (fleet.Verdict, error) {
		mu.Lock()
		asked = append(asked, q)
		began := len(asked)
		mu.Unlock()
		if began == 1 { // whoever asks is stopped
			<-ctx.Done()
			return fleet.Verdict{}, ctx.Err()
		}
		return fleet.Verdict{Decision: fleet.Accept}, nil
	}})
	target := behind(h, first, second)
	ctx, cancel := context.WithCancel(context.Background())
	var visits sync.WaitGroup
	visits.Go(func() {
		if r := s.Run(ctx, target, Command{Line: "x"}); r.Status != fleet.StatusCanceled || r.Hop != "hop1" {
			t.Errorf("%+v", r)
		}
	})
	eventually(t, "a question", func() bool { mu.Lock(); defer mu.Unlock(); return len(asked) == 1 })
	visits.Go(func() { allAre(t, runAll(s, target, 5), fleet.StatusOK, "", "") })
	via := target.Via().Via()
	eventually(t, "all wait", func() bool {
		j := s.jump(target.Via())
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.trying != nil && j.trying.waiting == 6
	})
	cancel()
	visits.Wait()
	if len(asked) != 3 {
		t.Fatalf("asked %+v", asked)
	}
	for i, want := range []fleet.HostKey{{Hop: "hop1", Names: []string{via.KnownName()}}, {Hop: "hop1", Names: []string{via.KnownName()}}, {Hop: "hop2", Names: []string{"alias"}}} {
		q := asked[i]
		if q.Hop != want.Hop || !slices.Equal(q.Names, want.Names) || q.Num < 1 || q.Num > 5 {
			t.Errorf("asked about %q %q for %d, want %q %q", q.Hop, q.Names, q.Num, want.Hop, want.Names)
		}
	}
}

// A jump host that shows a wrong key, or refuses the login, is asked once for all hosts behind it, and never again.
func TestJumpRefusesLogin(t *testing.T) {
	noLeak(t)
	for _, tt := range []struct {
		name   string
		jump   fakeHost
		pins   bool
		status fleet.Status
		phase  fleet.Phase
	}{
		{"F13 login", fakeHost{config: refuseAuth}, true, fleet.StatusAuth, fleet.PhaseAuth},
		{"F35 key", fakeHost{}, false, fleet.StatusHostKey, fleet.PhaseKex},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, connections := fakeHost{}.serve(t)
			front, firsts := fakeHost{}.fakeJump(t, "front")
			hop, count := tt.jump.fakeJump(t, "hop")
			if !tt.pins {
				hop = pinned(hop, nil)
			}
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: 3, RetryBudget: 100, Handshakes: 3})
			for range 2 {
				allAre(t, runAll(s, behind(h, front, hop), 10), tt.status, tt.phase, "hop")
			}
			if count() != 1 || firsts() != 1 || connections() != 0 {
				t.Errorf("%d connections to the jump host, %d to that before it, %d to the host", count(), firsts(), connections())
			}
		})
	}
}

// Hosts that call one jump host by different names each ask about its key by their own, or the parent would not know whose it
// is.
func TestJumpOfTwoNames(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	hop, _ := fakeHost{}.fakeJump(t, "hop")
	hop = pinned(hop, nil)
	names := []string{"hop", "me@hop"}
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Ask: func(_ context.Context, q fleet.HostKey) (fleet.Verdict, error) {
		if q.Hop != names[q.Num-1] {
			return fleet.Verdict{}, fmt.Errorf("host %d asks about %q", q.Num, q.Hop)
		}
		return fleet.Verdict{Decision: fleet.Accept}, nil
	}})
	for i, name := range names {
		hop.Label = name
		target := behind(h, hop)
		target.Num = i + 1
		if r := s.Run(context.Background(), target, Command{Line: "true", MaxOutput: 100}); r.Status != fleet.StatusOK {
			t.Errorf("%s: %+v", name, r)
		}
		j := s.jump(target.Via())
		j.mu.Lock()
		l := j.link
		j.mu.Unlock()
		if l == nil {
			t.Fatalf("%s: no link", name)
		}
		l.wire.Close() // so that the next asks anew
	}
}

// A jump host that goes away is connected to anew. A host that is not authenticated then is none the worse, and has no retries
// that it could spend; one that is, is closed.
func TestJumpLost(t *testing.T) {
	noLeak(t)
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("authenticated ", after), func(t *testing.T) {
			var inFlight atomic.Int32
			var first sync.Once
			const n = 10
			dying := make(chan struct{})
			reached := sync.OnceFunc(func() { close(dying) })
			wait := func() bool { // for the end of the first connection to the jump host, with all hosts in flight
				if inFlight.Add(1) > n {
					return false
				}
				if inFlight.Load() == n {
					reached()
				}
				return true
			}
			target := fakeHost{session: func(ch ssh.Channel, r *ssh.Request, c *ssh.Conn) {
				r.Reply(true, nil)
				if after && wait() {
					return
				}
				ch.Write([]byte("hello\n"))
				exitStatus(ch, 0)
				ch.Close()
			}}
			speak, pins := target.handler(t)
			h, _ := serve(t, func(c net.Conn) {
				if !after && wait() {
					hang(c)
					return
				}
				speak(c)
			})
			h = pinned(h, pins)
			hop, count := fakeHost{conn: func(c *ssh.ServerConn) {
				first.Do(func() {
					<-dying
					c.Close()
				})
			}}.fakeJump(t, "hop")
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Handshakes: n})
			results := runAll(s, behind(h, hop), n)
			if after {
				allAre(t, results, fleet.StatusClosed, fleet.PhaseExec, "hop")
				allAre(t, runAll(s, behind(h, hop), n), fleet.StatusOK, "", "")
			} else {
				allAre(t, results, fleet.StatusOK, "", "")
			}
			if count() != 2 {
				t.Errorf("%d connections to the jump host", count())
			}
		})
	}
}

// A jump host that hangs up whenever it is to connect to a host is not asked again and again.
func TestJumpHangsUp(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	conns := make(chan *ssh.ServerConn, 1)
	hop, count := fakeHost{
		conn: func(c *ssh.ServerConn) { conns <- c },
		open: func(ssh.NewChannel) { (<-conns).Close() },
	}.fakeJump(t, "hop")
	s := newSSH(t, Config{ConnectTimeout: time.Minute})
	allAre(t, runAll(s, behind(h, hop), 1), fleet.StatusClosed, fleet.PhaseConnect, "hop")
	if count() != maxLosses+1 {
		t.Errorf("%d connections", count())
	}
}

// What a jump host says of a host that it cannot connect to is the host's own failure, unless it does so for nobody.
func TestJumpRefusesHost(t *testing.T) {
	noLeak(t)
	for _, tt := range []struct {
		reason  ssh.RejectionReason
		message string
		status  fleet.Status
		phase   fleet.Phase
		hop     string
	}{
		{ssh.ConnectionFailed, "Connection refused", fleet.StatusRefused, fleet.PhaseConnect, ""},
		{ssh.ConnectionFailed, "Error connecting: Connection refused", fleet.StatusRefused, fleet.PhaseConnect, ""},
		{ssh.ConnectionFailed, "No route to host", fleet.StatusUnreachable, fleet.PhaseConnect, ""},
		{ssh.ConnectionFailed, "Connection timed out", fleet.StatusTimeout, fleet.PhaseConnect, ""},
		{ssh.ConnectionFailed, "Name or service not known", fleet.StatusResolve, fleet.PhaseResolve, ""},
		{ssh.ConnectionFailed, "Temporary failure in name resolution", fleet.StatusResolve, fleet.PhaseResolve, ""},
		{ssh.ConnectionFailed, "Connection reset by peer", fleet.StatusClosed, fleet.PhaseBanner, ""},
		{ssh.Prohibited, "open failed", fleet.StatusUnreachable, fleet.PhaseConnect, "hop"},
		{ssh.UnknownChannelType, "", fleet.StatusUnreachable, fleet.PhaseConnect, "hop"},
	} {
		hop, count := fakeHost{open: func(c ssh.NewChannel) { c.Reject(tt.reason, tt.message) }}.fakeJump(t, "hop")
		s := newSSH(t, Config{ConnectTimeout: time.Minute})
		results := runAll(s, behind(fleet.Host{Name: "nowhere", User: "me"}, hop), 3)
		allAre(t, results, tt.status, tt.phase, tt.hop)
		if count() != 1 || results[0].Attempts != 1 {
			t.Errorf("%q: %d connections, %+v", tt.message, count(), results[0])
		}
	}
}

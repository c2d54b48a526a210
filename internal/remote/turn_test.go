package remote

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// A host that waits for its turn is not begun, and what it waited is not of its time.
func TestTurn(t *testing.T) {
	noLeak(t)
	for name, cfg := range map[string]Config{"place": {Handshakes: 1}, "rate": {Handshakes: 100, Rate: 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg.ConnectTimeout = testTimeout
			h, _ := serve(t, hang)
			s := newSSH(t, cfg)
			var begun atomic.Int32
			run := func(ctx context.Context) Result {
				return s.Run(ctx, h, Command{Line: "x", Begin: func() { begun.Add(1) }})
			}
			var visits sync.WaitGroup
			began := time.Now()
			for range 3 {
				visits.Go(func() {
					if r := run(context.Background()); r.Status != fleet.StatusTimeout || r.Duration < testTimeout || r.Duration > testTimeout+2*time.Second {
						t.Errorf("%+v", r)
					}
				})
			}
			eventually(t, "one began", func() bool { return begun.Load() == 1 })
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(10*time.Millisecond, cancel)
			if r := run(ctx); r.Status != fleet.StatusCanceled || begun.Load() != 1 {
				t.Errorf("stopped: %d began, %+v", begun.Load(), r)
			}
			visits.Wait()
			if took := time.Since(began); took < 2*testTimeout || begun.Load() != 3 {
				t.Errorf("%d began within %v", begun.Load(), took)
			}
		})
	}
}

// What cannot wait, a retry or a connection to a jump host, is taken off the rate of what can.
func TestRate(t *testing.T) {
	noLeak(t)
	const rate = 5
	h, _ := fakeHost{}.serve(t)
	hop, _ := fakeHost{}.fakeJump(t, "hop")
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Rate: rate})
	began := time.Now()
	for range 3 { // with the jump host 4, the first at once
		allAre(t, runAll(s, behind(h, hop), 1), fleet.StatusOK, "", "")
	}
	if took := time.Since(began); took < 3*time.Second/rate || took > 3*time.Second/rate+2*time.Second {
		t.Errorf("took %v", took)
	}
}

// The jump host may be a host of the list as well, and hosts of one address wait for each other but not for ever.
func TestJumpIsHostToo(t *testing.T) {
	noLeak(t)
	hop, _ := fakeHost{open: func(c ssh.NewChannel) {
		if c.ChannelType() == "direct-tcpip" {
			forward(c)
			return
		}
		go fakeHost{}.answer(nil, c)
	}}.fakeJump(t, "hop")
	other := hop
	other.User, other.Label = "you", "other"
	s := newSSH(t, Config{ConnectTimeout: 10 * time.Second, Handshakes: 1})
	var visits sync.WaitGroup
	for _, h := range []fleet.Host{hop, behind(hop, other), behind(hop, other, hop), behind(other, hop), behind(other, hop, other)} {
		visits.Go(func() { allAre(t, runAll(s, h, 8), fleet.StatusOK, "", "") })
	}
	visits.Wait()
}

// Dead hosts behind a jump host delay nobody for long.
func TestF31DeadBehindJump(t *testing.T) {
	noLeak(t)
	const limit = 8 * time.Second
	dead, _ := serve(t, hang)
	h, _ := fakeHost{}.serve(t)
	hop, _ := fakeHost{}.fakeJump(t, "hop")
	s := newSSH(t, Config{ConnectTimeout: limit, Handshakes: 2})
	ctx, cancel := context.WithCancel(context.Background())
	var visits sync.WaitGroup
	var begun atomic.Int32
	for range 2 {
		visits.Go(func() { s.Run(ctx, behind(dead, hop), Command{Begin: func() { begun.Add(1) }}) })
	}
	eventually(t, "both began", func() bool { return begun.Load() == 2 })
	began := time.Now()
	allAre(t, runAll(s, behind(h, hop), 10), fleet.StatusOK, "", "")
	if took := time.Since(began); took > limit-2*time.Second {
		t.Errorf("took %v", took)
	}
	cancel()
	visits.Wait()
}

// A server that lets few in at a time, and hangs up on all others, lets all in by and by.
func TestF12FewAtATime(t *testing.T) {
	noLeak(t)
	speak, pins := fakeHost{}.handler(t)
	room := make(chan struct{}, 3)
	var turnedAway atomic.Int32
	h, _ := serve(t, func(c net.Conn) {
		select {
		case room <- struct{}{}:
			time.Sleep(20 * time.Millisecond) // unauthenticated
			<-room
			speak(c)
		default:
			turnedAway.Add(1)
		}
	})
	h = pinned(h, pins)
	hop, _ := fakeHost{}.fakeJump(t, "hop")
	for _, h := range []fleet.Host{h, behind(h, hop)} {
		s := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: 2, RetryBudget: 25, Handshakes: 4})
		allAre(t, runAll(s, h, 50), fleet.StatusOK, "", "")
	}
	t.Logf("%d turned away", turnedAway.Load())
}

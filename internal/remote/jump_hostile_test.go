package remote

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// accepted lets a channel be opened, and does something with it.
func accepted(do func(ssh.Channel)) func(ssh.NewChannel) {
	return func(c ssh.NewChannel) {
		go func() {
			if ch, requests, err := c.Accept(); err == nil {
				go ssh.DiscardRequests(requests)
				do(ch)
			}
		}()
	}
}

// Whatever a jump host does, the hosts behind it fail, each for itself, and what they cost is given back.
func TestF27HostileJump(t *testing.T) {
	noLeak(t)
	for _, tt := range []struct {
		name   string
		jump   fakeHost
		hosts  int
		status fleet.Status
		phase  fleet.Phase
		hop    string
		rounds int // each time so many hosts, after which there may be another connection to it
	}{
		{"data", fakeHost{open: accepted(func(ch ssh.Channel) { endless(ch) })}, 50, fleet.StatusProtocol, fleet.PhaseBanner, "", 1},
		{"data beside", fakeHost{open: accepted(func(ch ssh.Channel) { endless(ch.Stderr()) })}, 50, fleet.StatusTimeout, fleet.PhaseBanner, "", 1},
		{"silence", fakeHost{open: accepted(func(ssh.Channel) {})}, 100, fleet.StatusTimeout, fleet.PhaseBanner, "", 1},
		{"no answer", fakeHost{open: func(ssh.NewChannel) {}}, maxHanging, fleet.StatusTimeout, fleet.PhaseConnect, "", 2},
		{"requests", fakeHost{open: forward, conn: func(c *ssh.ServerConn) {
			for {
				if _, _, err := c.SendRequest("x", true, make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}}, 50, fleet.StatusOK, "", "", 1},
		{"channels", fakeHost{open: forward, conn: func(c *ssh.ServerConn) {
			for range 1000 {
				if ch, _, err := c.OpenChannel("session", nil); err == nil {
					ch.Close()
				}
			}
		}}, 50, fleet.StatusOK, "", "", 1},
		{"requests in channels", fakeHost{open: accepted(func(ch ssh.Channel) {
			for {
				if _, err := ch.SendRequest("x", true, nil); err != nil {
					return
				}
			}
		})}, 20, fleet.StatusTimeout, fleet.PhaseBanner, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := fakeHost{}.serve(t)
			hop, count := tt.jump.fakeJump(t, "hop")
			limit := time.Minute
			if tt.status == fleet.StatusTimeout {
				limit = testTimeout
			}
			before := memory()
			s := newSSH(t, Config{ConnectTimeout: limit, Handshakes: tt.hosts})
			for range tt.rounds {
				allAre(t, runAll(s, behind(h, hop), tt.hosts), tt.status, tt.phase, tt.hop)
			}
			if grown := int64(memory()) - int64(before); grown > 64<<20 {
				t.Errorf("%d bytes more", grown)
			}
			if count() != tt.rounds {
				t.Errorf("%d connections to the jump host", count())
			}
		})
	}
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// A jump host that breaks the connection in any way is to blame for what goes through it.
func TestF29BrokenJump(t *testing.T) {
	noLeak(t)
	for name, end := range map[string]func(net.Conn){
		"garbage": func(c net.Conn) { c.Write([]byte(strings.Repeat("\xff", 1000))) },
		"reset":   func(c net.Conn) { reset(c); c.Close() },
		"close":   func(c net.Conn) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			running := make(chan bool, 20)
			h, _ := fakeHost{session: func(_ ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); running <- true }}.serve(t)
			speak, pins := fakeHost{open: forward}.handler(t)
			conns := make(chan net.Conn, 10)
			hop1, _ := serve(t, func(c net.Conn) { conns <- c; speak(c) })
			hop1 = pinned(hop1, pins)
			hop1.Label = "hop1"
			hop2, _ := fakeHost{}.fakeJump(t, "hop2")
			go func() {
				for range 5 {
					<-running
				}
				end(<-conns)
			}()
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Handshakes: 10})
			allAre(t, runAll(s, behind(h, hop1, hop2), 5), fleet.StatusClosed, fleet.PhaseExec, "hop1")
		})
	}
}

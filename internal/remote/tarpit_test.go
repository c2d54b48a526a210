package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// tarPit is a server that holds on to everybody in one phase.
type tarPit struct {
	phase fleet.Phase
	make  func(*testing.T) fleet.Host
	inner bool // it is one of those that a jump host cannot be: it needs a command
}

func rawPit(handle func(net.Conn)) func(*testing.T) fleet.Host {
	return func(t *testing.T) fleet.Host { h, _ := serve(t, handle); return h }
}

func sshPit(f fakeHost) func(*testing.T) fleet.Host {
	return func(t *testing.T) fleet.Host { h, _ := f.serve(t); return h }
}

var tarPits = []tarPit{
	{fleet.PhaseConnect, fullBacklog, false},
	{fleet.PhaseBanner, rawPit(hang), false},
	{fleet.PhaseKex, rawPit(func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n"); hang(c) }), false},
	{fleet.PhaseAuth, sshPit(fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuthCallback = func(meta ssh.ConnMetadata) (*ssh.Permissions, error) {
			for { // banners keep nobody alive
				if err := meta.(ssh.ServerPreAuthConn).SendAuthBanner("."); err != nil {
					return nil, err
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}}), false},
	{fleet.PhaseSession, silentAtOpen, false},
	{fleet.PhaseExec, sshPit(fakeHost{session: accept}), true},
	{fleet.PhaseOutput, sshPit(fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); io.WriteString(ch, ".") }}), true},
}

// fullBacklog is a host that answers no SYN, on Linux: nobody accepts there, and there is no room for more that wait.
func fullBacklog(t *testing.T) fleet.Host {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return fleet.Host{Num: 1, Name: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "me"}
}

// silentAtOpen is a host that is never heard of again once a channel is to be opened.
func silentAtOpen(t *testing.T) fleet.Host {
	silent := make(chan struct{})
	speak, pins := fakeHost{open: func(ssh.NewChannel) { close(silent) }}.handler(t)
	h, _ := serve(t, func(c net.Conn) { speak(deafConn{c, silent}) })
	h = pinned(h, pins)
	return h
}

// deafConn hears nothing more from some time on.
type deafConn struct {
	net.Conn
	deaf chan struct{}
}

func (d deafConn) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	select {
	case <-d.deaf:
		hang(d.Conn)
		return 0, io.EOF
	default:
		return n, err
	}
}

// A tar-pit at each phase and each hop takes a host's time, all of it and no more, and is told for what it is and where.
func TestTarPits(t *testing.T) {
	noLeak(t)
	const limit = 2 * testTimeout
	var visits sync.WaitGroup
	defer visits.Wait()
	visit := func(name string, h fleet.Host, pit tarPit, hop string) {
		cfg := Config{ConnectTimeout: limit, CommandTimeout: time.Minute, Retries: 3, RetryBudget: 10}
		if pit.inner {
			cfg.ConnectTimeout, cfg.CommandTimeout = time.Minute, limit
		}
		s := newSSH(t, cfg)
		visits.Go(func() {
			began := time.Now()
			r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
			took := time.Since(began)
			if r.Status != fleet.StatusTimeout || r.Phase != pit.phase || r.Hop != hop {
				t.Errorf("%s, %s: %s/%s hop %q: %s", pit.phase, name, r.Status, r.Phase, r.Hop, r.Err)
			}
			if took < limit || took > limit+2*time.Second {
				t.Errorf("%s, %s: took %v", pit.phase, name, took)
			}
		})
	}
	pits := tarPits
	if runtime.GOOS != "linux" {
		pits = pits[1:]
	}
	for _, pit := range pits {
		hop1, _ := fakeHost{}.fakeJump(t, "hop1")
		hop2, _ := fakeHost{}.fakeJump(t, "hop2")
		visit("itself", pit.make(t), pit, "")
		visit("behind two", behind(pit.make(t), hop1, hop2), pit, "")
		if pit.inner {
			continue
		}
		h, _ := fakeHost{}.serve(t)
		bad := pit.make(t)
		bad.Label = "bad"
		visit("first hop", behind(h, bad, hop2), pit, "bad")
		bad = pit.make(t)
		bad.Label = "bad"
		visit("second hop", behind(h, hop1, bad), pit, "bad")
	}
}

// A visit that is stopped ends at once, wherever it hangs.
func TestCancelBehindJump(t *testing.T) {
	noLeak(t)
	hop1, _ := fakeHost{}.fakeJump(t, "hop1")
	hop2, _ := fakeHost{}.fakeJump(t, "hop2")
	h, _ := fakeHost{}.serve(t)
	ctx, cancel := context.WithCancel(context.Background())
	var visits sync.WaitGroup
	visit := func(h fleet.Host) {
		s := newSSH(t, Config{Retries: 2, RetryBudget: 10})
		visits.Go(func() {
			if r := s.Run(ctx, h, Command{Line: "x", MaxOutput: 10}); r.Status != fleet.StatusCanceled || r.Phase == "" || r.Err != "stopped" {
				t.Errorf("%+v", r)
			}
		})
	}
	for _, pit := range tarPits {
		visit(behind(pit.make(t), hop1, hop2))
		bad := pit.make(t)
		bad.Label = "bad"
		if !pit.inner {
			visit(behind(h, bad, hop2))
			visit(behind(h, hop1, bad))
		}
	}
	time.Sleep(testTimeout / 4)
	cancel()
	began := time.Now()
	visits.Wait()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

// Hosts that come to wait for a jump host one after the other have their own time each, and learn where it hangs.
func TestTarPitJoined(t *testing.T) {
	noLeak(t)
	const limit = 2 * testTimeout
	var visits sync.WaitGroup
	defer visits.Wait()
	for _, pit := range tarPits[1:5] {
		bad := pit.make(t)
		bad.Label = "bad"
		h, _ := fakeHost{}.serve(t)
		s := newSSH(t, Config{ConnectTimeout: limit, Handshakes: 10})
		for i := range 5 {
			h := behind(h, bad)
			h.Num = i + 1
			visits.Go(func() {
				time.Sleep(time.Duration(i) * limit / 7)
				began := time.Now()
				r := s.Run(context.Background(), h, Command{Line: "x"})
				if took := time.Since(began); took < limit || took > limit+2*time.Second {
					t.Errorf("%s: took %v", pit.phase, took)
				}
				if r.Status != fleet.StatusTimeout || r.Phase != pit.phase || r.Hop != "bad" {
					t.Errorf("%s, joined %d: %s/%s hop %q: %s", pit.phase, i, r.Status, r.Phase, r.Hop, r.Err)
				}
			})
		}
	}
}

// A jump host that falls silent is found out, and those who wait are connected through another connection to it.
func TestJumpSilent(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	silent := make(chan struct{})
	first := make(chan bool, 1)
	first <- true
	speak, pins := fakeHost{open: forward}.handler(t)
	hop, count := serve(t, func(c net.Conn) {
		select {
		case <-first:
			c = deafConn{c, silent}
		default:
		}
		speak(c)
	})
	hop = pinned(hop, pins)
	hop.Label = "hop"
	s := newSSH(t, Config{ConnectTimeout: 6 * testTimeout})
	allAre(t, runAll(s, behind(h, hop), 1), fleet.StatusOK, "", "")
	close(silent)
	allAre(t, runAll(s, behind(h, hop), 1), fleet.StatusOK, "", "")
	if count() != 2 {
		t.Errorf("%d connections", count())
	}
}

// A host, or its jump host, that falls silent in a command without a time limit is given up.
func TestKeepAlive(t *testing.T) {
	noLeak(t)
	for _, hop := range []string{"", "hop1", "hop2"} {
		for phase, output := range map[fleet.Phase]string{fleet.PhaseExec: "", fleet.PhaseOutput: "."} {
			t.Run(fmt.Sprint(hop, " ", phase), func(t *testing.T) {
				t.Parallel()
				silent := make(chan struct{})
				server := func(label string, f fakeHost) fleet.Host {
					speak, pins := f.handler(t)
					h, _ := serve(t, func(c net.Conn) {
						if label == hop {
							c = deafConn{c, silent}
						}
						speak(c)
					})
					h = pinned(h, pins)
					h.Label = label
					return h
				}
				target := server("", fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
					r.Reply(true, nil)
					io.WriteString(ch, output)
					time.AfterFunc(testTimeout/2, func() { close(silent) }) // until then it answers
				}})
				target = behind(target, server("hop1", fakeHost{open: forward}), server("hop2", fakeHost{open: forward}))
				s := newSSH(t, Config{Logins: []fleet.Login{{KeepAliveMS: 600, KeepAlives: 2}}, ConnectTimeout: time.Minute})
				began := time.Now()
				r := s.Run(context.Background(), target, Command{Line: "x", MaxOutput: 10})
				if r.Status != fleet.StatusTimeout || r.Phase != phase || r.Hop != hop || time.Since(began) < testTimeout/2 {
					t.Errorf("%+v", r)
				}
			})
		}
	}
}

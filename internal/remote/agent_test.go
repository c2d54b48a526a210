package remote

import (
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
)

// serveAgent answers on a new socket as handle says, and returns its path and a count of connections.
func serveAgent(t *testing.T, handle func(net.Conn)) (string, func() int) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup
	var count atomic.Int32
	handlers.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			handlers.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		handlers.Wait()
	})
	return socket, func() int { return int(count.Load()) }
}

// keyring is an agent with n keys.
func keyring(t *testing.T, n int) (sshagent.Agent, []ssh.PublicKey) {
	t.Helper()
	ring := sshagent.NewKeyring()
	var keys []ssh.PublicKey
	for range n {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Add(sshagent.AddedKey{PrivateKey: private}); err != nil {
			t.Fatal(err)
		}
		key, err := ssh.NewPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return ring, keys
}

// letsIn is a host that lets in whoever has the key, and counts what it is offered.
func letsIn(key ssh.PublicKey, offers *atomic.Int32) fakeHost {
	return fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth, c.MaxAuthTries = false, 20
		var mu sync.Mutex
		seen := map[string]bool{}
		c.PublicKeyCallback = func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
			mu.Lock()
			defer mu.Unlock()
			if !seen[string(offered.Marshal())] {
				seen[string(offered.Marshal())] = true
				offers.Add(1)
			}
			if string(offered.Marshal()) == string(key.Marshal()) {
				return nil, nil
			}
			return nil, io.EOF
		}
	}}
}

func TestAgent(t *testing.T) {
	noLeak(t)
	ring, keys := keyring(t, 7)
	socket, connections := serveAgent(t, func(c net.Conn) { sshagent.ServeAgent(ring, c) })
	file, private := newKey(t)
	for _, tt := range []struct {
		name   string
		files  []fleet.Secret
		first  []fleet.Key
		key    ssh.PublicKey
		status fleet.Status
		offers int32
	}{
		{"F14 the agent's first", nil, nil, keys[0], fleet.StatusOK, 1},
		{"F14 the agent's fifth", nil, nil, keys[4], fleet.StatusOK, 5},
		{"F14 the agent's sixth", nil, nil, keys[5], fleet.StatusAuth, 5},
		{"F14 a file comes first", []fleet.Secret{private}, nil, file.PublicKey(), fleet.StatusOK, 1},
		{"F14 then the agent", []fleet.Secret{private}, nil, keys[3], fleet.StatusOK, 5},
		{"F14 five in all", []fleet.Secret{private}, nil, keys[4], fleet.StatusAuth, 5},
		{"F14 asked for", nil, []fleet.Key{keys[6].Marshal()}, keys[6], fleet.StatusOK, 1},
		{"F14 asked for in that order", nil, []fleet.Key{keys[6].Marshal(), keys[2].Marshal()}, keys[0], fleet.StatusOK, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := connections()
			s := newSSH(t, Config{Identities: append(identities(tt.files...), held(tt.first...)...), Logins: logins(socket, len(tt.files)+len(tt.first)), ConnectTimeout: time.Minute})
			var offers atomic.Int32
			h, _ := letsIn(tt.key, &offers).serve(t)
			var visits sync.WaitGroup
			for range 4 {
				visits.Go(func() {
					if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10}); r.Status != tt.status {
						t.Errorf("%+v", r)
					}
				})
			}
			visits.Wait()
			if offers.Load() != 4*tt.offers {
				t.Errorf("%d offers to 4 visits, want %d each", offers.Load(), tt.offers)
			}
			if n := connections() - before; n != 1 {
				t.Errorf("%d connections to the agent", n)
			}
		})
	}
}

// TestBadAgent has agents that fail: hosts then fail at authentication, no later than they may, and the error says why.
func TestBadAgent(t *testing.T) {
	noLeak(t)
	answers := func(reply ...byte) func(net.Conn) {
		return func(c net.Conn) {
			for buf := make([]byte, 1<<12); ; {
				if _, err := c.Read(buf); err != nil {
					return
				}
				c.Write(reply)
			}
		}
	}
	missing := func(*testing.T) string { return filepath.Join(t.TempDir(), "none") }
	at := func(handle func(net.Conn)) func(*testing.T) string {
		return func(t *testing.T) string {
			socket, _ := serveAgent(t, handle)
			return socket
		}
	}
	for _, tt := range []struct {
		name   string
		socket func(*testing.T) string
		status fleet.Status
		text   string
	}{
		{"F15 not there", missing, fleet.StatusAuth, "no ssh agent: dial"},
		{"F15 hangs up", at(func(net.Conn) {}), fleet.StatusAuth, "no ssh agent"},
		{"F15 says success", at(answers(0, 0, 0, 1, 6)), fleet.StatusAuth, "no ssh agent"},
		{"F15 says failure", at(answers(0, 0, 0, 1, 5)), fleet.StatusAuth, "no ssh agent"},
		{"F15 has no keys", at(answers(0, 0, 0, 5, 12, 0, 0, 0, 0)), fleet.StatusAuth, "has no keys"},
		{"F15 garbage", at(answers(0, 0, 0, 5, 12, 255, 255, 255, 255)), fleet.StatusAuth, "no ssh agent"},
		{"F15 huge", at(answers(255, 255, 255, 255)), fleet.StatusAuth, "no ssh agent"},
		{"F15 hangs", at(hang), fleet.StatusAuth, "the ssh agent does not answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Logins: logins(tt.socket(t), 0), ConnectTimeout: time.Minute}
			if tt.name == "F15 hangs" {
				cfg.ConnectTimeout = testTimeout
			}
			s, err := NewSSH(cfg)
			if err != nil {
				t.Fatal(err)
			}
			var offers atomic.Int32
			key, _ := newKey(t)
			h, _ := letsIn(key.PublicKey(), &offers).serve(t)
			r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
			if r.Status != tt.status || r.Phase != fleet.PhaseAuth || !strings.Contains(r.Err, tt.text) {
				t.Errorf("%+v", r)
			}
			s.Close()
		})
	}
}

// An agent that lists its keys and then falls silent costs a host its time, and no more.
func TestF15AgentHangsInSigning(t *testing.T) {
	noLeak(t)
	ring, keys := keyring(t, 1)
	released := make(chan struct{})
	socket, _ := serveAgent(t, func(c net.Conn) { sshagent.ServeAgent(silentSigner{ring, released}, c) })
	defer close(released)
	s := newSSH(t, Config{Logins: logins(socket, 0), ConnectTimeout: testTimeout / 2})
	var offers atomic.Int32
	h, _ := letsIn(keys[0], &offers).serve(t)
	r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10})
	if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseAuth || r.Duration > testTimeout+time.Second {
		t.Errorf("%+v", r)
	}
}

type silentSigner struct {
	sshagent.Agent
	released chan struct{}
}

func (s silentSigner) Sign(ssh.PublicKey, []byte) (*ssh.Signature, error) {
	<-s.released
	return nil, io.EOF
}

package remote

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// serve runs a server on a free loopback port that treats each connection as handle says, and returns the host and a
// count of connections. handle's connection is closed behind it, and all of them with the test.
func serve(t testing.TB, handle func(net.Conn)) (fleet.Host, func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		handlers sync.WaitGroup
		mu       sync.Mutex
		conns    []net.Conn
	)
	handlers.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // a test uses up all descriptors
				time.Sleep(time.Millisecond)
				continue
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			handlers.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		handlers.Wait()
	})
	h := fleet.Host{Num: 1, Name: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "me"}
	return h, func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(conns)
	}
}

// newKey makes a key, and its private half as a file has it.
func newKey(t testing.TB) (ssh.Signer, fleet.Secret) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, pem.EncodeToMemory(block)
}

// fakeHost is an SSH server of the library's. Its zero value lets everybody in and answers a session with "hello\n".
type fakeHost struct {
	keys    []ssh.Signer                               // host keys; none: a new one, which is pinned
	config  func(*ssh.ServerConfig)                    // changes how it speaks
	conn    func(*ssh.ServerConn)                      // what it does beside answering
	open    func(ssh.NewChannel)                       // answers a session's opening
	session func(ssh.Channel, *ssh.Request, *ssh.Conn) // answers exec
}

func (f fakeHost) serve(t testing.TB) (fleet.Host, func() int) {
	t.Helper()
	handle, pins := f.handler(t)
	h, count := serve(t, handle)
	h = pinned(h, pins)
	return h, count
}

// pinned is h with other pins.
func pinned(h fleet.Host, pins []fleet.Key) fleet.Host {
	w := h.Way()
	w.Pins = pins
	return h.Along(w)
}

func (f fakeHost) handler(t testing.TB) (func(net.Conn), []fleet.Key) {
	t.Helper()
	var pins []fleet.Key
	if f.keys == nil {
		key, _ := newKey(t)
		f.keys, pins = []ssh.Signer{key}, []fleet.Key{key.PublicKey().Marshal()}
	}
	return func(c net.Conn) {
		config := &ssh.ServerConfig{NoClientAuth: true}
		if f.config != nil {
			f.config(config)
		}
		for _, key := range f.keys {
			config.AddHostKey(key)
		}
		conn, channels, requests, err := ssh.NewServerConn(c, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		if f.conn != nil {
			go f.conn(conn)
		}
		for channel := range channels {
			f.answer(conn.Conn, channel)
		}
	}, pins
}

func (f fakeHost) answer(conn ssh.Conn, channel ssh.NewChannel) {
	if f.open != nil {
		f.open(channel)
		return
	}
	ch, requests, err := channel.Accept()
	if err != nil {
		return
	}
	for request := range requests {
		if request.Type != "exec" {
			request.Reply(false, nil)
			continue
		}
		if f.session != nil {
			go f.session(ch, request, &conn)
			continue
		}
		request.Reply(true, nil)
		ch.Write([]byte("hello\n"))
		exitStatus(ch, 0)
		ch.Close()
	}
}

func exitStatus(ch ssh.Channel, code uint32) {
	ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{code}))
}

// testTimeout is short enough for a test and long enough for a handshake on a busy machine.
const testTimeout = time.Second

func newSSH(t testing.TB, cfg Config) *SSH {
	t.Helper()
	if cfg.Logins == nil {
		cfg.Logins = logins("", 0)
	}
	s, err := NewSSH(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// unanswered is the goroutine of one who opens a channel. The library leaves it behind, now and then, where the connection
// ends just then: it then waits for an answer that nobody is there to hand it any more. Of a connection that has not ended
// there are other goroutines.
const unanswered = "ssh.(*mux).openChannel("

// noLeak fails the test if, some time after it, there are goroutines of this package or of the SSH library.
func noLeak(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		var stacks string
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			buf := make([]byte, 1<<20)
			all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
			stacks = strings.Join(slices.DeleteFunc(all, func(stack string) bool { return strings.Contains(stack, unanswered) }), "\n\n")
			if strings.Count(stacks, "crypto/ssh.") == 0 && strings.Count(stacks, "remote.(*") == 0 {
				return
			}
		}
		t.Errorf("goroutines left:\n%s", stacks)
	})
}

// identities are keys that we have.
func identities(keys ...fleet.Secret) []fleet.Identity {
	var all []fleet.Identity
	for _, key := range keys {
		all = append(all, fleet.Identity{Private: key})
	}
	return all
}

// held are keys that an agent has.
func held(keys ...fleet.Key) []fleet.Identity {
	var all []fleet.Identity
	for _, key := range keys {
		all = append(all, fleet.Identity{Public: key})
	}
	return all
}

// logins is one, with the first identities, so many, and then the other keys of the agent there.
func logins(agent string, offers int) []fleet.Login {
	l := fleet.Login{Agent: agent}
	for i := range offers {
		l.Offers = append(l.Offers, i)
	}
	l.Offers = append(l.Offers, fleet.AgentKeys)
	return []fleet.Login{l}
}

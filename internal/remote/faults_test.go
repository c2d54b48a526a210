package remote

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// fault is what a host does, and what must come of it.
type fault struct {
	name   string
	raw    func(net.Conn) // instead of SSH
	host   fakeHost
	stdin  []byte // what the command is to read
	status fleet.Status
	phase  fleet.Phase
	text   string // within the error
	code   int
	out    string
}

// hang keeps a connection until the client has gone.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

// reset ends a connection with RST.
func reset(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }

func accept(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil) }

// sends is a session that is let begin, writes, sends an ending of a type, and closes the channel.
func sends(output, typ string, payload []byte) fakeHost {
	return fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
		r.Reply(true, nil)
		io.WriteString(ch, output)
		if typ != "" {
			ch.SendRequest(typ, false, payload)
		}
		ch.Close()
	}}
}

func code(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func endless(w io.Writer) {
	for chunk := make([]byte, 32<<10); ; {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

var faults = []fault{
	{name: "none", out: "hello\n", status: fleet.StatusOK},

	// Before SSH.
	{name: "F4 silence", raw: hang, status: fleet.StatusTimeout, phase: fleet.PhaseBanner},
	{name: "F4 half a version line", raw: func(c net.Conn) { io.WriteString(c, "SSH-2.0-x"); hang(c) }, status: fleet.StatusTimeout, phase: fleet.PhaseBanner},
	{name: "F5 drip", raw: func(c net.Conn) {
		for range time.Tick(20 * time.Millisecond) {
			if _, err := io.WriteString(c, "."); err != nil {
				return
			}
		}
	}, status: fleet.StatusTimeout, phase: fleet.PhaseBanner, text: `"....`},
	{name: "F6 lines without end", raw: func(c net.Conn) {
		for line := strings.Repeat("x", 199) + "\n"; ; {
			if _, err := io.WriteString(c, line); err != nil {
				return
			}
		}
	}, status: fleet.StatusProtocol, phase: fleet.PhaseBanner, text: "no SSH version line"},
	{name: "F7 HTTP", raw: func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, status: fleet.StatusProtocol, phase: fleet.PhaseBanner, text: `"HTTP/1.1 400 Bad Request\r\n`},
	{name: "F7 TLS alert", raw: func(c net.Conn) { c.Write([]byte{21, 3, 1, 0, 2, 2, 70}) }, status: fleet.StatusProtocol, phase: fleet.PhaseBanner, text: `"\x15\x03`},
	{name: "F8 close", raw: func(net.Conn) {}, status: fleet.StatusClosed, phase: fleet.PhaseBanner},
	{name: "F8 reset", raw: reset, status: fleet.StatusClosed, phase: fleet.PhaseBanner},
	{name: "F8 close within version line", raw: func(c net.Conn) { io.WriteString(c, "SS") }, status: fleet.StatusClosed, phase: fleet.PhaseBanner},
	{name: "F12 too many connections", raw: func(c net.Conn) { io.WriteString(c, "Exceeded MaxStartups\r\n") }, status: fleet.StatusClosed, phase: fleet.PhaseBanner, text: "too many connections"},
	{name: "F12 shut out", raw: func(c net.Conn) { io.WriteString(c, "Not allowed at this time\r\n") }, status: fleet.StatusClosed, phase: fleet.PhaseBanner, text: "shuts us out"},
	{name: "text before the version", raw: func(c net.Conn) { io.WriteString(c, "welcome\nSSH-2.0-x\r\n"); hang(c) }, status: fleet.StatusTimeout, phase: fleet.PhaseKex},
	{name: "close in kex", raw: func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n") }, status: fleet.StatusClosed, phase: fleet.PhaseKex},
	{name: "garbage in kex", raw: func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n"+strings.Repeat("\xff", 100)); hang(c) }, status: fleet.StatusProtocol, phase: fleet.PhaseKex},
	{
		name: "F9 no common key exchange", host: fakeHost{config: func(c *ssh.ServerConfig) { c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH1SHA1} }},
		status: fleet.StatusProtocol, phase: fleet.PhaseKex, text: "key exchange; we offered",
	},
	{
		name: "F9 no common cipher", host: fakeHost{config: func(c *ssh.ServerConfig) { c.Ciphers = []string{ssh.InsecureCipherAES128CBC} }},
		status: fleet.StatusProtocol, phase: fleet.PhaseKex, text: "cipher; we offered",
	},
	{name: "F9 no common host key", host: fakeHost{keys: []ssh.Signer{sha1Key}}, status: fleet.StatusProtocol, phase: fleet.PhaseKex, text: "host key; we offered"},

	// Authentication.
	{name: "F13 auth refused", host: fakeHost{config: refuseAuth}, status: fleet.StatusAuth, phase: fleet.PhaseAuth, text: "the host wants publickey; one key was refused"},
	{name: "F16 questions without end", host: fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth = false
		c.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			for {
				if _, err := ask("", "", []string{"why?"}, []bool{true}); err != nil {
					return nil, err
				}
			}
		}
	}}, status: fleet.StatusAuth, phase: fleet.PhaseAuth},
	{name: "F17 banners without end", host: fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuthCallback = func(meta ssh.ConnMetadata) (*ssh.Permissions, error) {
			for {
				if err := meta.(ssh.ServerPreAuthConn).SendAuthBanner(strings.Repeat("x", 1000)); err != nil {
					return nil, err
				}
			}
		}
	}}, status: fleet.StatusTimeout, phase: fleet.PhaseAuth},

	// The session.
	{name: "F18 session never answered", host: fakeHost{open: func(ssh.NewChannel) {}}, status: fleet.StatusTimeout, phase: fleet.PhaseSession},
	{
		name: "F18 session refused", host: fakeHost{open: func(c ssh.NewChannel) { c.Reject(ssh.ResourceShortage, "full\x1b[2J") }},
		status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: "session refused",
	},
	{name: "F19 exec never answered", host: fakeHost{session: func(ssh.Channel, *ssh.Request, *ssh.Conn) {}}, status: fleet.StatusTimeout, phase: fleet.PhaseExec},
	{name: "F19 exec stalls", host: fakeHost{session: accept}, status: fleet.StatusTimeout, phase: fleet.PhaseExec},
	{name: "F19 exec refused", host: fakeHost{session: func(_ ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(false, nil) }}, status: fleet.StatusProtocol, phase: fleet.PhaseExec, text: "refused"},
	{name: "F21 closed instead of exec", host: fakeHost{session: func(ch ssh.Channel, _ *ssh.Request, _ *ssh.Conn) { ch.Close() }}, status: fleet.StatusProtocol, phase: fleet.PhaseExec, text: "closed before"},
	{name: "hangs up at exec", host: fakeHost{session: func(_ ssh.Channel, _ *ssh.Request, c *ssh.Conn) { (*c).Close() }}, status: fleet.StatusClosed, phase: fleet.PhaseExec},

	// Output and its end.
	{
		name: "F20 stalls in output", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); io.WriteString(ch, "half") }},
		status: fleet.StatusTimeout, phase: fleet.PhaseOutput, out: "half",
	},
	{name: "F20 drips in output", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
		r.Reply(true, nil)
		for range time.Tick(20 * time.Millisecond) {
			if _, err := io.WriteString(ch, "."); err != nil {
				return
			}
		}
	}}, status: fleet.StatusTimeout, phase: fleet.PhaseOutput},
	{name: "F20 never closed", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
		r.Reply(true, nil)
		io.WriteString(ch, "all")
		exitStatus(ch, 0)
		ch.CloseWrite()
	}}, status: fleet.StatusTimeout, phase: fleet.PhaseOutput, out: "all"},
	{name: "F21 no exit status", host: sends("all", "", nil), status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: "no exit status", out: "all"},
	{name: "F24 exit status cut", host: sends("", "exit-status", []byte{0}), status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: "malformed"},
	{name: "F24 exit signal cut", host: sends("", "exit-signal", []byte{0}), status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: "malformed"},
	{name: "F22 exit 7", host: sends("so far", "exit-status", code(7)), status: fleet.StatusExit, phase: fleet.PhaseExec, text: "exit status 7", code: 7, out: "so far"},
	{name: "F22 exit 1", host: sends("", "exit-status", code(1)), status: fleet.StatusExit, phase: fleet.PhaseExec, code: 1},
	{name: "F22 exit 255", host: sends("", "exit-status", code(255)), status: fleet.StatusExit, phase: fleet.PhaseExec, code: 255},
	{name: "F22 exit 256", host: sends("", "exit-status", code(256)), status: fleet.StatusExit, phase: fleet.PhaseExec, code: 256},
	{name: "F22 exit 2^32-1", host: sends("", "exit-status", code(1<<32-1)), status: fleet.StatusExit, phase: fleet.PhaseExec, code: 1<<32 - 1},
	{name: "F23 signal", host: sends("", "exit-signal", ssh.Marshal(struct {
		Signal string
		Core   bool
		Reason string
		Lang   string
	}{"KI\x1b[31mLL", false, "\nhost2 \xff ok " + strings.Repeat("x", 200_000), ""})), status: fleet.StatusExit, phase: fleet.PhaseExec, text: "ended by signal KI\x1b[31mLL", code: -1},
	{name: behindIt, host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, c *ssh.Conn) {
		r.Reply(true, nil)
		io.WriteString(ch, "all")
		exitStatus(ch, 0)
		ch.Close()
		(*c).Close()
	}}, status: fleet.StatusOK, out: "all"},
	{name: "F21 closes the connection instead", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, c *ssh.Conn) {
		r.Reply(true, nil)
		io.WriteString(ch, "half")
		exitStatus(ch, 0)
		(*c).Close()
	}}, status: fleet.StatusClosed, phase: fleet.PhaseOutput, out: "half"},
	{
		name: "F25 endless stdout", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); endless(ch) }},
		status: fleet.StatusOutput, phase: fleet.PhaseOutput, text: "more than 1000 bytes", out: strings.Repeat("\x00", 1000),
	},
	{
		name: "F25 endless stderr", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) { r.Reply(true, nil); endless(ch.Stderr()) }},
		status: fleet.StatusOutput, phase: fleet.PhaseOutput, text: "more than 1000 bytes",
	},

	// Beside the session.
	{name: "F27 requests without end", host: fakeHost{session: accept, conn: func(c *ssh.ServerConn) {
		for {
			if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
				return
			}
		}
	}}, status: fleet.StatusTimeout, phase: fleet.PhaseExec},
	{name: "F27 responses nobody asked for", host: fakeHost{session: func(_ ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
		for r.Reply(true, nil) == nil {
		}
	}}, status: fleet.StatusTimeout, phase: fleet.PhaseExec},
	{name: "F27 window never credited", host: fakeHost{session: accept}, stdin: make([]byte, 8<<20), status: fleet.StatusTimeout, phase: fleet.PhaseExec},
	{name: "F27 channels", host: fakeHost{conn: func(c *ssh.ServerConn) {
		for range 1000 {
			if ch, _, err := c.OpenChannel("session", nil); err == nil {
				ch.Close()
			}
		}
	}}, status: fleet.StatusOK, out: "hello\n"},
	{name: "F27 requests in the session", host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
		for range 100 {
			ch.SendRequest("keepalive@openssh.com", true, nil)
		}
		r.Reply(true, nil)
		io.WriteString(ch, "all")
		exitStatus(ch, 0)
		ch.Close()
	}}, status: fleet.StatusOK, out: "all"},
}

// sha1Key is a host key that signs only as nobody should accept any more.
var sha1Key = func() ssh.Signer {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		panic(err)
	}
	sha1, err := ssh.NewSignerWithAlgorithms(signer.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	if err != nil {
		panic(err)
	}
	return sha1
}()

func refuseAuth(c *ssh.ServerConfig) {
	c.NoClientAuth = false
	c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, io.EOF }
}

// TestFaults visits many hosts at once: none may suffer from another. Time is short for those only whose fault takes it
// all, so that a busy machine does not look like a fault.
func TestFaults(t *testing.T) {
	noLeak(t)
	_, key := newKey(t)
	cfg := Config{Identities: identities(key), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute}
	hastyConnect, hastyCommand := cfg, cfg
	hastyConnect.ConnectTimeout, hastyCommand.CommandTimeout = testTimeout, testTimeout

	visitAll(t, cfg, faults, func(f fault) bool { return f.status != fleet.StatusTimeout })
	visitAll(t, hastyConnect, faults, func(f fault) bool { return f.status == fleet.StatusTimeout && !f.inCommand() })
	visitAll(t, hastyCommand, faults, func(f fault) bool { return f.status == fleet.StatusTimeout && f.inCommand() })
}

// TestFaultsBehindJump visits the same hosts behind a jump host, through one connection.
func TestFaultsBehindJump(t *testing.T) {
	noLeak(t)
	_, key := newKey(t)
	hop, count := fakeHost{}.fakeJump(t, "hop")
	cfg := Config{Identities: identities(key), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Handshakes: len(faults)}
	hastyConnect, hastyCommand := cfg, cfg
	hastyConnect.ConnectTimeout, hastyCommand.CommandTimeout = 2*testTimeout, testTimeout
	visitAll(t, cfg, faults, func(f fault) bool { return f.status != fleet.StatusTimeout }, hop)
	visitAll(t, hastyConnect, faults, func(f fault) bool { return f.status == fleet.StatusTimeout && !f.inCommand() }, hop)
	visitAll(t, hastyCommand, faults, func(f fault) bool { return f.status == fleet.StatusTimeout && f.inCommand() }, hop)
	if count() != 3 {
		t.Errorf("%d connections to the jump host", count())
	}
}

// stalls are the faults that take all of a host's time.
func stalls() []fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.status != fleet.StatusTimeout })
}

func (f fault) inCommand() bool { return f.phase == fleet.PhaseExec || f.phase == fleet.PhaseOutput }

func visitAll(t *testing.T, cfg Config, faults []fault, which func(fault) bool, hops ...fleet.Host) {
	t.Helper()
	s := newSSH(t, cfg)
	var visits sync.WaitGroup
	for _, f := range faults {
		if !which(f) {
			continue
		}
		var h fleet.Host
		var connections func() int
		if f.raw != nil {
			h, connections = serve(t, f.raw)
		} else {
			h, connections = f.host.serve(t)
		}
		visits.Go(func() {
			t.Run(f.name, func(t *testing.T) {
				start := time.Now()
				r := s.Run(context.Background(), behind(h, hops...), Command{Line: "x", MaxOutput: 1000, Stdin: f.stdin})
				f.check(t, r, time.Since(start))
				if r.Attempts != 1 || connections() != 1 {
					t.Errorf("%d attempts, %d connections", r.Attempts, connections())
				}
				if r.Address != h.Address() && hops == nil || r.Hop != "" {
					t.Errorf("address %q", r.Address)
				}
			})
		})
	}
	visits.Wait()
}

func (f fault) check(t *testing.T, r Result, took time.Duration) {
	if r.Status != f.status || r.Phase != f.phase || !strings.Contains(r.Err, f.text) || r.ExitCode != f.code {
		t.Errorf("%s/%s %q, exit %d; want %s/%s %q, exit %d", r.Status, r.Phase, r.Err, r.ExitCode, f.status, f.phase, f.text, f.code)
	}
	if !utf8.ValidString(r.Err) || !utf8.ValidString(r.Signal) {
		t.Errorf("not UTF-8: %q %q", r.Err, r.Signal)
	}
	if (r.Err == "") != (r.Status == fleet.StatusOK) || len(r.Err) > 256 {
		t.Errorf("%s with error %q", r.Status, r.Err)
	}
	if f.out != "" && string(r.Stdout) != f.out {
		t.Errorf("stdout %q, want %q", r.Stdout, f.out)
	}
	if f.status == fleet.StatusTimeout && (took < testTimeout || !f.inCommand() && took > 2*testTimeout+2*time.Second) {
		t.Errorf("took %v", took)
	}
	if r.Duration <= 0 || r.Duration > took || r.StartedAt.IsZero() {
		t.Errorf("duration %v of %v, started at %v", r.Duration, took, r.StartedAt)
	}
}

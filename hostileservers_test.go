package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// enemy is a server that gives a client what it never asked for, and how a host of it ends.
type enemy struct {
	name   string
	serve  func(net.Conn, *ssh.ServerConfig)
	status []fleet.Status // whichever comes first
	phase  fleet.Phase
}

// much is how many bytes a server sends that would not end by itself.
var much = tier.Times(64<<20, 1<<30, 1<<30)

// raw is a server that says its version, and then anything.
func raw(after ...[]byte) func(net.Conn, *ssh.ServerConfig) {
	return func(c net.Conn, _ *ssh.ServerConfig) {
		io.WriteString(c, "SSH-2.0-hostile\r\n")
		for _, data := range after {
			if _, err := c.Write(data); err != nil {
				return
			}
		}
		io.Copy(io.Discard, c)
	}
}

// packet is a message before there are keys: RFC 4253, section 6.
func packet(message []byte) []byte {
	padding := 8 - (len(message)+5)%8
	if padding < 4 {
		padding += 8
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(1+len(message)+padding))
	return slices.Concat(head, []byte{byte(padding)}, message, make([]byte, padding))
}

// kexInit is a proposal of many algorithms.
func kexInit(names string) []byte {
	message := append([]byte{20}, make([]byte, 16)...)
	for range 10 {
		message = binary.BigEndian.AppendUint32(message, uint32(len(names)))
		message = append(message, names...)
	}
	return append(message, 0, 0, 0, 0, 0)
}

// flooded is a server of the library's that lets everybody in, and floods the client before it answers a session.
func flooded(flood func(*ssh.ServerConn, ssh.Channel)) func(net.Conn, *ssh.ServerConfig) {
	return func(c net.Conn, config *ssh.ServerConfig) {
		conn, channels, requests, err := ssh.NewServerConn(c, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for channel := range channels {
			ch, requests, err := channel.Accept()
			if err != nil {
				return
			}
			for request := range requests {
				flood(conn, ch)
				request.Reply(true, nil)
				ch.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
				ch.Close()
			}
		}
	}
}

// floods is how many requests a server makes that nobody asked for.
var floods = map[bool]int{false: 100_000, true: 10_000}[tier.Race]

var enemies = []enemy{
	{"F17 a gigabyte of lines before the version", func(c net.Conn, _ *ssh.ServerConfig) {
		lines := bytes.Repeat([]byte("\x1b[2J hello\r\n"), 1<<12)
		for sent := 0; sent < much; sent += len(lines) {
			if _, err := c.Write(lines); err != nil {
				return
			}
		}
	}, []fleet.Status{fleet.StatusProtocol}, fleet.PhaseBanner},
	{"F17 a gigabyte of banners", func(c net.Conn, config *ssh.ServerConfig) {
		config = new(*config)
		config.NoClientAuthCallback = func(meta ssh.ConnMetadata) (*ssh.Permissions, error) {
			text := strings.Repeat("x", 32<<10)
			for sent := 0; sent < much; sent += len(text) {
				if err := meta.(ssh.ServerPreAuthConn).SendAuthBanner(text); err != nil {
					return nil, err
				}
			}
			return nil, io.EOF
		}
		ssh.NewServerConn(c, config)
	}, []fleet.Status{fleet.StatusTimeout, fleet.StatusAuth, fleet.StatusClosed}, fleet.PhaseAuth},
	{"F27 100,000 channel requests", flooded(func(_ *ssh.ServerConn, ch ssh.Channel) {
		for range floods {
			ch.SendRequest("nonsense", false, nil)
		}
	}), []fleet.Status{fleet.StatusOK}, ""},
	{"F27 100,000 global requests", flooded(func(conn *ssh.ServerConn, _ ssh.Channel) {
		for range floods {
			conn.SendRequest("nonsense", false, nil)
		}
	}), []fleet.Status{fleet.StatusOK}, ""},
	{"F24 a length of 2^31", raw([]byte{0x80, 0, 0, 0, 4, 20}), []fleet.Status{fleet.StatusProtocol}, fleet.PhaseKex},
	{"F24 a length of nothing", raw([]byte{0, 0, 0, 0, 4, 20, 0, 0}), []fleet.Status{fleet.StatusProtocol, fleet.StatusTimeout}, fleet.PhaseKex},
	{"F24 more padding than packet", raw([]byte{0, 0, 0, 12, 200, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), []fleet.Status{fleet.StatusProtocol}, fleet.PhaseKex},
	{"F24 an unknown message", raw(packet([]byte{199, 1, 2, 3})), []fleet.Status{fleet.StatusProtocol}, fleet.PhaseKex},
	{"F24 a message out of turn", raw(packet(kexInit("none")), packet([]byte{52})), []fleet.Status{fleet.StatusProtocol}, fleet.PhaseKex},
	{"F9 thousands of algorithms", raw(packet(kexInit(strings.Repeat("a,", 1700) + "z"))), []fleet.Status{fleet.StatusProtocol}, fleet.PhaseKex},
	{"F23 a farewell of 30 KB", raw(packet(ssh.Marshal(struct {
		Type   byte
		Reason uint32
		Text   string
		Lang   string
	}{1, 2, strings.Repeat("\x1b[31m::error::", 2500), ""}))), []fleet.Status{fleet.StatusProtocol, fleet.StatusClosed}, fleet.PhaseKex},
	{"F34 a key of 64 KB", func(c net.Conn, config *ssh.ServerConfig) {
		large := &ssh.ServerConfig{NoClientAuth: true}
		large.AddHostKey(largeKey{})
		ssh.NewServerConn(c, large)
	}, []fleet.Status{fleet.StatusProtocol, fleet.StatusHostKey}, fleet.PhaseKex},
}

// largeKey says that it is an RSA key, of 64 KB.
type largeKey struct{}

func (largeKey) PublicKey() ssh.PublicKey { return largePublic{} }
func (largeKey) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return &ssh.Signature{Format: ssh.KeyAlgoRSASHA512, Blob: make([]byte, 64<<10)}, nil
}

func (k largeKey) SignWithAlgorithm(random io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return k.Sign(random, data)
}

type largePublic struct{}

func (largePublic) Type() string                        { return ssh.KeyAlgoRSA }
func (largePublic) Verify([]byte, *ssh.Signature) error { return nil }
func (largePublic) Marshal() []byte {
	return ssh.Marshal(struct {
		Type string
		E    []byte
		N    []byte
	}{ssh.KeyAlgoRSA, []byte{1, 0, 1}, bytes.Repeat([]byte{0x7f}, 64<<10)})
}

// Servers that flood, lie about lengths, or speak out of turn, twelve kinds at once and each twice, cost no worker more memory
// than it may have; each has its status, in time, and a host among them is none the worse. Nothing they said is shown as it came.
func TestHostileServers(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	sim := simulateFleet(t, simulate.Config{Hosts: 1})
	known := read(t, sim.dir+"/known_hosts")
	var hosts []string
	for range 2 {
		for _, h := range enemies {
			address := hostileAt(t, h, config)
			host, port, _ := net.SplitHostPort(address)
			known += fmt.Sprintf("[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(signer.PublicKey()))
			hosts = append(hosts, address)
		}
	}
	limit, command := 5*time.Second, 60*time.Second
	cmd := sim.collect(t, slices.Concat([]string{
		"-n", "1", "-t", limit.String(), "-u", command.String(), "--retries", "0", "-o", "json", "--known-hosts", knownHosts(t, known),
	}, hosts)...)
	began := time.Now()
	r := run(t, cmd)
	took := time.Since(began)
	d := r.parse(t, append(hosts, sim.labels...))
	if most := limit + command + 3*time.Second; took > most {
		t.Errorf("took %v, more than %v", took, most)
	}
	for i, got := range d.Hosts {
		want := enemy{name: "the host among them", status: []fleet.Status{fleet.StatusOK}}
		if i < len(hosts) {
			want = enemies[i%len(enemies)]
		}
		ok := slices.Contains(want.status, got.Status) || got.Status == fleet.StatusParse && slices.Contains(want.status, fleet.StatusOK)
		if !ok || got.Status != fleet.StatusParse && got.Phase != want.phase {
			t.Errorf("%s: %s, %s: %q", want.name, got.Status, got.Phase, got.Error)
		}
	}
	if most := int64(32<<20 + 25*(9<<19)); len(d.Workers) != 1 || d.Workers[0].MaxRSSBytes == nil || !tier.Race && *d.Workers[0].MaxRSSBytes > most {
		t.Errorf("workers %+v: more than one of %d bytes", d.Workers, most)
	}
	if strings.Contains(r.stderr, "\x1b") || strings.Contains(r.stderr, "\n::error") {
		t.Errorf("stderr: %q", r.stderr)
	}
}

// hostileAt serves a hostile server, and returns its address.
func hostileAt(t *testing.T, h enemy, config *ssh.ServerConfig) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				h.serve(c, config)
			}()
		}
	}()
	return l.Addr().String()
}

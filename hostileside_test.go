package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/internal/tier"
)

// much is how many bytes the servers of a run send that would not end by themselves, and many how many messages.
var (
	much = tier.Times(64<<20, 1<<30, 1<<30)
	many = tier.Times(20_000, 100_000, 100_000)
)

// enemySide is what the hostile servers of a run share.
type enemySide struct {
	key, authority ssh.Signer
	parts          int // how many share what is much
}

func newEnemySide(t *testing.T, parts int) *enemySide {
	return &enemySide{newSigner(t), newSigner(t), parts}
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// config is that of a server of the library's that lets everybody in.
func (s *enemySide) config(key ssh.Signer) *ssh.ServerConfig {
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(key)
	return config
}

// knownLine is what known_hosts says of a server: its key, or the authority that certifies that.
func (s *enemySide) knownLine(port string, certified bool) string {
	if certified {
		return fmt.Sprintf("@cert-authority [127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(s.authority.PublicKey()))
	}
	return fmt.Sprintf("[127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(s.key.PublicKey()))
}

// listen serves connections, and returns the address. With the test, all of them end.
func (s *enemySide) listen(t *testing.T, serve func(net.Conn, *enemySide)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		served sync.WaitGroup
		mu     sync.Mutex
		conns  []net.Conn
	)
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			served.Go(func() {
				defer c.Close()
				serve(c, s)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		served.Wait()
	})
	return l.Addr().String()
}

// hang keeps a connection until the client has gone.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

// sends is a server that sends something again and again instead of anything else.
func sends(data []byte) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		for sent := 0; sent < much/s.parts; sent += len(data) {
			if _, err := c.Write(data); err != nil {
				return
			}
		}
		hang(c)
	}
}

// raw is a server that says its version, and then anything.
func raw(packets ...[]byte) func(net.Conn, *enemySide) {
	return func(c net.Conn, _ *enemySide) {
		c.Write(append([]byte(hostileVersion+"\r\n"), bytes.Join(packets, nil)...))
		hang(c)
	}
}

// shows is a server that shows something for its key, and for its signature, where that is given.
func shows(key, signature []byte) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		greet(c, s.key, key, signature)
		hang(c)
	}
}

// largeKey is an RSA key of so many bytes.
func largeKey(size int) []byte {
	return list(ssh.KeyAlgoRSA, "\x01\x00\x01", strings.Repeat("\x7f", size))
}

// certified is a server with a certificate of so many bytes, in which nothing is wrong.
func certified(size int) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		certificate := &ssh.Certificate{
			Key: s.key.PublicKey(), CertType: ssh.HostCert, ValidBefore: ssh.CertTimeInfinity,
			ValidPrincipals: []string{"127.0.0.1", strings.Repeat("x", size)},
		}
		if certificate.SignCert(rand.Reader, s.authority) != nil {
			return
		}
		signer, err := ssh.NewCertSigner(certificate, s.key)
		if err != nil {
			return
		}
		ssh.NewServerConn(c, s.config(signer))
	}
}

var (
	banner   = append([]byte{msgBanner}, list(strings.Repeat("\x1b[2J", 8000), "")...)
	noData   = append([]byte{msgData, 0, 0, 0, 0}, list("x")...) // in no channel
	farewell = append([]byte{msgDisconnect, 0, 0, 0, 2}, list(strings.Repeat("\x1b[31m\n::error::", 14_000), "")...)
)

// says is a server that says something once there are keys.
func says(messages ...[]byte) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		if talker, err := greet(c, s.key, nil, nil); err == nil {
			talker.say(messages...)
		}
		hang(c)
	}
}

// saysMuch is a server that says something again and again once there are keys, much of it before its last word, or without end.
func saysMuch(message, last []byte) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		talker, err := greet(c, s.key, nil, nil)
		if err != nil {
			return
		}
		go hang(c)
		if message[0] == msgBanner {
			talker.say(heard)
		}
		for sent := 0; last == nil || sent < much/s.parts; sent += len(message) {
			if talker.say(message) != nil {
				return
			}
		}
		talker.say(last)
		hang(c)
	}
}

// floods is a server that does something many times before it answers a command, which then fails.
func floods(flood func(ssh.Conn, ssh.Channel) error) func(net.Conn, *enemySide) {
	return func(c net.Conn, s *enemySide) {
		s.speak(c, func(conn ssh.Conn, channel ssh.NewChannel) {
			ch, requests, err := channel.Accept()
			if err != nil {
				return
			}
			for exec := range requests {
				for range many / s.parts {
					if flood(conn, ch) != nil {
						return
					}
				}
				exec.Reply(true, nil)
				ch.SendRequest("exit-status", false, []byte{0, 0, 0, 7})
				ch.Close()
			}
		})
	}
}

// speak serves a connection by the library, and has each channel answered.
func (s *enemySide) speak(c net.Conn, answer func(ssh.Conn, ssh.NewChannel)) {
	conn, channels, requests, err := ssh.NewServerConn(c, s.config(s.key))
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for channel := range channels {
		go answer(conn, channel)
	}
}

// opens is a server that lets everybody in, and opens many channels, but none that it is asked for.
func opens(c net.Conn, s *enemySide) {
	talker, err := greet(c, s.key, nil, nil)
	if err != nil || talker.letIn() != nil {
		return
	}
	go hang(c)
	open := slices.Concat([]byte{msgOpen}, list("session"), make([]byte, 12))
	for range many / s.parts {
		if talker.say(open) != nil {
			return
		}
	}
	hang(c)
}

// deaf is a server that lets everybody in, asks without end, and hears no answer: first until none can be sent any more, and
// then as much as a packet holds.
func deaf(c net.Conn, s *enemySide) {
	c.(*net.TCPConn).SetReadBuffer(1 << 10)
	talker, err := greet(c, s.key, nil, nil)
	if err != nil {
		return
	}
	request := func(size int) []byte {
		return slices.Concat([]byte{msgRequest}, list("x"), []byte{1}, make([]byte, size))
	}
	channel := slices.Concat([]byte{msgOpen}, list("x"), make([]byte, 250<<10))
	err = talker.letIn()
	for small, large := request(0), request(250<<10); err == nil; {
		for range 1000 {
			err = errors.Join(err, talker.say(small))
		}
		err = errors.Join(err, talker.say(large, channel))
	}
}

// honest is a jump host.
func honest(c net.Conn, s *enemySide) {
	s.speak(c, func(_ ssh.Conn, channel ssh.NewChannel) {
		var to struct {
			Host   string
			Port   uint32
			Origin string
			From   uint32
		}
		ssh.Unmarshal(channel.ExtraData(), &to)
		conn, err := net.Dial("tcp4", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
		if err != nil {
			channel.Reject(ssh.ConnectionFailed, "Connection refused")
			return
		}
		defer conn.Close()
		ch, requests, err := channel.Accept()
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		go func() {
			io.Copy(conn, ch)
			conn.Close()
		}()
		io.Copy(ch, conn)
		ch.Close()
	})
}

package remote

import (
	"context"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// BenchmarkVisit is a whole visit to a host in this process; BenchmarkBare is the library's own way to do it.
func BenchmarkVisit(b *testing.B) {
	h, key := benchHost(b)
	s, err := NewSSH(Config{Identities: identities(key), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 1 << 16}); r.Status != fleet.StatusOK {
			b.Fatalf("%+v", r)
		}
	}
}

func BenchmarkBare(b *testing.B) {
	h, key := benchHost(b)
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		b.Fatal(err)
	}
	pin, err := ssh.ParsePublicKey(h.Way().Pins[0])
	if err != nil {
		b.Fatal(err)
	}
	config := &ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(pin)}
	b.ReportAllocs()
	for b.Loop() {
		client, err := ssh.Dial("tcp", h.Address(), config)
		if err != nil {
			b.Fatal(err)
		}
		session, err := client.NewSession()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := session.Output("x"); err != nil {
			b.Fatal(err)
		}
		client.Close()
	}
}

func benchHost(b *testing.B) (fleet.Host, fleet.Secret) {
	_, key := newKey(b)
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth, c.ServerVersion = false, "SSH-2.0-OpenSSH_10.0p2 Debian-7"
		c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
	}}.serve(b)
	return h, key
}

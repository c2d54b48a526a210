package remote

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// pair is a key of some type: as a file has it, as an agent has it, and as a server knows it.
type pair struct {
	private crypto.Signer
	file    fleet.Secret
	public  ssh.PublicKey
}

// line is the public half as in authorized_keys.
func (p pair) line() string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(p.public))) }

func newPair(t testing.TB, typ string) (p pair) {
	t.Helper()
	var err error
	switch typ {
	case "ed25519":
		_, p.private, err = ed25519.GenerateKey(nil)
	case "ecdsa":
		p.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		p.private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(p.private, "")
	if err != nil {
		t.Fatal(err)
	}
	p.file = pem.EncodeToMemory(block)
	if p.public, err = ssh.NewPublicKey(p.private.Public()); err != nil {
		t.Fatal(err)
	}
	return p
}

// certify has an authority say of a key that it is the user's, until a time from now.
func (p pair) certify(t testing.TB, authority pair, user string, until time.Duration) *ssh.Certificate {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(authority.private)
	if err != nil {
		t.Fatal(err)
	}
	c := &ssh.Certificate{
		Key: p.public, CertType: ssh.UserCert, KeyId: "test", ValidPrincipals: []string{user},
		ValidAfter: uint64(time.Now().Add(-24 * time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(until).Unix()),
	}
	if err := c.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return c
}

// agentWith is an agent that has the keys, and certificates of some.
func agentWith(t *testing.T, keys ...sshagent.AddedKey) string {
	t.Helper()
	ring := sshagent.NewKeyring()
	for _, key := range keys {
		if err := ring.Add(key); err != nil {
			t.Fatal(err)
		}
	}
	return agentOf(t, ring)
}

// agentOf is the socket of an agent.
func agentOf(t *testing.T, agent sshagent.Agent) string {
	t.Helper()
	socket, _ := serveAgent(t, func(c net.Conn) { sshagent.ServeAgent(agent, c) })
	return socket
}

// Each type of key opens each kind of server, whether a file has it or the agent.
func TestKeyTypes(t *testing.T) {
	types := []string{"ed25519", "ecdsa", "rsa"}
	pairs := map[string]pair{}
	var lines []string
	var added []sshagent.AddedKey
	for _, typ := range types {
		pairs[typ] = newPair(t, typ)
		lines = append(lines, pairs[typ].line())
		added = append(added, sshagent.AddedKey{PrivateKey: pairs[typ].private})
	}
	socket := agentWith(t, added...)
	opts := sshdtest.Options{AuthorizedKeys: lines}
	for name, server := range map[string]*sshdtest.Server{"OpenSSH": sshdtest.Start(t, opts), "dropbear": sshdtest.StartDropbear(t, opts)} {
		for _, typ := range types {
			for from, id := range map[string]fleet.Identity{"file": {Private: pairs[typ].file}, "agent": {Public: pairs[typ].public.Marshal()}} {
				t.Run(name+" "+typ+" "+from, func(t *testing.T) {
					l := fleet.Login{Agent: socket, Offers: []int{0}}
					s := newSSH(t, Config{Identities: []fleet.Identity{id}, Logins: []fleet.Login{l}, ConnectTimeout: time.Minute})
					if r := s.Run(context.Background(), realHost(t, server, "ed25519"), Command{Line: "true"}); r.Status != fleet.StatusOK {
						t.Errorf("%+v", r)
					}
				})
			}
		}
	}
}

// A certificate opens a server that trusts its authority and does not know the key, whether a file has the key or the agent,
// and the certificate or not. One that is not for the user, or has expired, does not, and an agent's expired one is not even
// offered.
func TestUserCertificates(t *testing.T) {
	authority, own, late := newPair(t, "ed25519"), newPair(t, "rsa"), newPair(t, "ecdsa")
	server := sshdtest.Start(t, sshdtest.Options{TrustedUserCAKeys: []string{authority.line()}})
	good := own.certify(t, authority, server.User, time.Hour)
	expired := late.certify(t, authority, server.User, -time.Hour)
	file := func(p pair, c *ssh.Certificate) []fleet.Identity {
		return []fleet.Identity{{Private: p.file, Certificate: c.Marshal()}}
	}
	for _, tt := range []struct {
		name   string
		agent  []sshagent.AddedKey
		ids    []fleet.Identity
		status fleet.Status
		text   string
	}{
		{"file", nil, file(own, good), fleet.StatusOK, ""},
		{"file, key in the agent", []sshagent.AddedKey{{PrivateKey: own.private}}, []fleet.Identity{{Public: own.public.Marshal(), Certificate: good.Marshal()}}, fleet.StatusOK, ""},
		{"agent", []sshagent.AddedKey{{PrivateKey: late.private}, {PrivateKey: own.private, Certificate: good}}, nil, fleet.StatusOK, ""},
		{"agent's has expired", []sshagent.AddedKey{{PrivateKey: late.private, Certificate: expired}}, nil, fleet.StatusAuth, "there was no key to offer; the ssh agent has no keys"},
		{"expired", nil, file(late, expired), fleet.StatusAuth, "one key was refused"},
		{"of another user", nil, file(own, own.certify(t, authority, "nobody", time.Hour)), fleet.StatusAuth, "one key was refused"},
		{"of another authority", nil, file(own, own.certify(t, late, server.User, time.Hour)), fleet.StatusAuth, "one key was refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSSH(t, Config{Identities: tt.ids, Logins: logins(agentWith(t, tt.agent...), len(tt.ids)), ConnectTimeout: time.Minute})
			r := s.Run(context.Background(), realHost(t, server, "ed25519"), Command{Line: "true"})
			if r.Status != tt.status || !strings.Contains(r.Err, tt.text) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Keys sign with what the login allows, and never with SHA-1.
func TestKeyAlgorithms(t *testing.T) {
	pair := newPair(t, "rsa")
	certificate := pair.certify(t, newPair(t, "ed25519"), "me", time.Hour).Marshal()
	for _, tt := range []struct {
		name        string
		certificate fleet.Key
		allowed     []string
		takes       []string // by the host
		status      fleet.Status
	}{
		{"all", nil, nil, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, fleet.StatusOK},
		{"SHA-256 there", nil, nil, []string{ssh.KeyAlgoRSASHA256}, fleet.StatusOK},
		{"SHA-256 here", nil, []string{ssh.KeyAlgoED25519, ssh.KeyAlgoRSASHA256}, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, fleet.StatusOK},
		{"none in common", nil, []string{ssh.KeyAlgoRSASHA256}, []string{ssh.KeyAlgoRSASHA512}, fleet.StatusAuth},
		{"SHA-1", nil, []string{ssh.KeyAlgoRSA}, []string{ssh.KeyAlgoRSA}, fleet.StatusAuth},
		{"SHA-1 there", nil, nil, []string{ssh.KeyAlgoRSA}, fleet.StatusAuth},
		{"not the type", nil, []string{ssh.KeyAlgoED25519}, []string{ssh.KeyAlgoRSASHA256}, fleet.StatusAuth},
		{"certificates", certificate, []string{ssh.CertAlgoRSASHA256v01}, []string{ssh.KeyAlgoRSASHA256}, fleet.StatusOK},
		{"no certificates", certificate, []string{ssh.KeyAlgoRSASHA256}, []string{ssh.KeyAlgoRSASHA256}, fleet.StatusAuth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
				c.NoClientAuth, c.PublicKeyAuthAlgorithms = false, tt.takes
				c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
			}}.serve(t)
			s := newSSH(t, Config{
				Identities: []fleet.Identity{{Private: pair.file, Certificate: tt.certificate}}, ConnectTimeout: time.Minute,
				Logins: []fleet.Login{{Offers: []int{0}, KeyAlgorithms: tt.allowed}},
			})
			if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10}); r.Status != tt.status {
				t.Errorf("%+v", r)
			}
		})
	}
}

package sshconf

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"muster/internal/fleet"
)

// testKey makes a new ed25519 host key.
func testKey(t testing.TB) ssh.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return publicKey(t, public)
}

// otherTypeKey makes a new ECDSA host key.
func otherTypeKey(t testing.TB) ssh.PublicKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return publicKey(t, private.Public())
}

func publicKey(t testing.TB, key any) ssh.PublicKey {
	t.Helper()
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// text is a key as in a known_hosts line.
func text(key ssh.PublicKey) string {
	return key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
}

func hashed(name string) string { return knownhosts.HashHostname(name) }

// load makes a known_hosts file with the given lines and a strict judge by it.
func load(t testing.TB, lines ...string) (*Judge, []string, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	j := NewJudge()
	_, warnings, err := j.Add(Trust{Files: []string{file}, Policy: Strict})
	if err != nil {
		t.Fatal(err)
	}
	return j, warnings, file
}

// trusting makes a judge by one known_hosts file.
func trusting(t testing.TB, policy Policy, file string) *Judge {
	t.Helper()
	j := NewJudge()
	if _, _, err := j.Add(Trust{Files: []string{file}, Policy: policy}); err != nil {
		t.Fatal(err)
	}
	return j
}

// reading makes a strict judge by what a known_hosts file says.
func reading(data []byte) *Judge {
	j := NewJudge()
	k := newKnown("known_hosts")
	k.read(data)
	j.files[k.file] = k
	j.Add(Trust{Files: []string{k.file}, Policy: Strict})
	return j
}

// server is the host that known_hosts has under the given name.
func server(name string) fleet.Host {
	bare, port, ok := strings.Cut(name, "]:")
	if n, err := strconv.Atoi(port); ok && err == nil {
		return fleet.Host{Name: bare[1:], Port: n}
	}
	return fleet.Host{Name: name}
}

func ask(j *Judge, name string, key ssh.PublicKey) fleet.Verdict {
	return j.Judge(context.Background(), server(name), fleet.HostKey{Key: key.Marshal()})
}

func base64Of(key fleet.Key) string { return base64.StdEncoding.EncodeToString(key) }

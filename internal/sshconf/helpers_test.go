package sshconf

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
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

// load reads one known_hosts file with the given lines.
func load(t testing.TB, lines ...string) (*KnownHosts, []string, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	k, warnings, err := LoadKnownHosts([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	return k, warnings, file
}

func ask(key ssh.PublicKey, names ...string) fleet.HostKey {
	return fleet.HostKey{Num: 1, Names: names, Key: key.Marshal()}
}

func base64Of(key fleet.Key) string { return base64.StdEncoding.EncodeToString(key) }

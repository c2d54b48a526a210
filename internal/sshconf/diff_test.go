package sshconf

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// TestAcceptsNoMore compares with the library's own reader: on a file that it can load, nothing is accepted that it
// refuses, and the same keys are revoked.
func TestAcceptsNoMore(t *testing.T) {
	keys := []ssh.PublicKey{testKey(t), testKey(t), otherTypeKey(t), otherTypeKey(t)}
	file := filepath.Join(t.TempDir(), "known_hosts")
	rapid.Check(t, func(t *rapid.T) {
		port := rapid.SampledFrom([]string{"22", "2222"}).Draw(t, "port")
		names := []string{"a", "b.example", "127.0.0.1", "[a]:2222", "[127.0.0.1]:2222", "a,b.example", "[b.example]:2223,a"}
		if port == "22" { // to the library, a pattern without a port is one for port 22
			names = append(names, "*", "*.example", "?", "*.example,!b.example", "!a,*")
		}
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, names, keys) }), 0, 6).Draw(t, "lines")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		library, err := knownhosts.New(file)
		if err != nil {
			t.Fatal(err)
		}
		k, warnings, err := LoadKnownHosts([]string{file})
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%v, %q, but the library has no complaints", err, warnings)
		}
		name := rapid.SampledFrom([]string{"a", "b.example", "127.0.0.1"}).Draw(t, "name")
		key := rapid.SampledFrom(keys).Draw(t, "key")
		v := NewJudge(k, Strict, "").Judge(context.Background(), ask(key, knownhosts.Normalize(net.JoinHostPort(name, port))))

		remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}
		err = library(net.JoinHostPort(name, port), remote, key)
		if keyErr, ok := errors.AsType[*knownhosts.KeyError](err); ok && len(keyErr.Want) == 0 && port != "22" {
			// It knows nothing of OpenSSH's second look, without the port, where there is no line with it.
			err = library(net.JoinHostPort(name, "22"), remote, key)
		}
		if (v.Decision == fleet.Accept) != (err == nil) {
			t.Fatalf("%s (%s), the library says %v", v.Decision, v.Reason, err)
		}
		if _, revoked := errors.AsType[*knownhosts.RevokedError](err); revoked != (v.Decision == fleet.Revoked) {
			t.Fatalf("%s (%s), the library says %v", v.Decision, v.Reason, err)
		}
	})
}

// drawLine draws a line. None is a @cert-authority: the library takes an authority's key for the host's own as well.
func drawLine(t *rapid.T, names []string, keys []ssh.PublicKey) string {
	name := rapid.SampledFrom(names).Draw(t, "names")
	marker := rapid.SampledFrom([]string{"", "", "", "@revoked "}).Draw(t, "marker")
	if rapid.Bool().Draw(t, "hashed") && !strings.ContainsAny(name, "*?!,") {
		name = hashed(name)
	}
	return marker + name + " " + text(rapid.SampledFrom(keys).Draw(t, "key"))
}

// FuzzKnownHosts reads arbitrary files, and checks that a line that is revoked, bad, or about another host, put in
// anywhere, never makes a key accepted that was not.
func FuzzKnownHosts(f *testing.F) {
	key, other := testKey(f), otherTypeKey(f)
	good := "h " + text(key)
	for _, seed := range []string{
		"", good, good + "\r\n", "\ufeff" + good, "# " + good, "h " + text(other), hashed("h") + " " + text(key), "*.x,!y.x " + text(key), "[h]:2222,h " + text(key),
		"@revoked * " + text(key), "@cert-authority h " + text(key), "@x h " + text(key), good + "\x00", good[:40], "|1|a|b " + text(key),
		strings.Repeat("*a", 500) + " " + text(key), "h ssh-rsa AAAA", strings.Repeat("x", 70_000), "h 1024 35 123",
	} {
		f.Add([]byte(seed), uint8(len(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint8) {
		before := verdicts(data, key)
		lines := bytes.SplitAfter(data, []byte("\n"))
		where := int(at) % len(lines)
		for _, more := range []string{"@revoked h " + text(key), "garbage", good[:30], "elsewhere " + text(key), hashed("elsewhere") + " " + text(key)} {
			changed := bytes.Join(lines[:where], nil)
			changed = append(changed, more+"\n"...)
			changed = append(changed, bytes.Join(lines[where:], nil)...)
			for name, after := range verdicts(changed, key) { // a mark that is not first any more makes its line a bad one
				if after == fleet.Accept && before[name] != fleet.Accept && !bytes.HasPrefix(data, []byte("\ufeff")) {
					t.Errorf("%s: %s became accept by %q", name, before[name], more)
				}
			}
		}
	})
}

// verdicts judges a key under a few names by the known_hosts file data.
func verdicts(data []byte, key ssh.PublicKey) map[string]fleet.Decision {
	k := newKnownHosts()
	k.read("known_hosts", data)
	found := map[string]fleet.Decision{}
	for _, name := range []string{"h", "[h]:2222", "y.x"} {
		found[name] = k.judge([]string{name}, key).Decision
	}
	for _, decision := range found {
		switch decision {
		case fleet.Accept, fleet.Changed, fleet.Revoked, fleet.Unknown, fleet.Redial:
		default:
			panic("decision " + decision)
		}
	}
	return found
}

// BenchmarkJudgeHashed judges a host key among 10,000 hashed lines.
func BenchmarkJudgeHashed(b *testing.B) {
	key, other := testKey(b), testKey(b)
	k := newKnownHosts()
	for range 10_000 {
		k.read("known_hosts", []byte(hashed("elsewhere")+" "+text(other)))
	}
	k.read("known_hosts", []byte(hashed("h")+" "+text(key)))
	judge := NewJudge(k, Strict, "")
	for b.Loop() {
		if v := judge.Judge(context.Background(), ask(key, "h")); v.Decision != fleet.Accept {
			b.Fatal(v)
		}
	}
}

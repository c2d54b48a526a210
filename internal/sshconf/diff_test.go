package sshconf

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, []string{"", "", "", "@revoked "}, names, keys) }), 0, 6).Draw(t, "lines")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		library, err := knownhosts.New(file)
		if err != nil {
			t.Fatal(err)
		}
		judge := NewJudge()
		_, warnings, err := judge.Add(Trust{Files: []string{file}, Policy: Strict})
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%v, %q, but the library has no complaints", err, warnings)
		}
		name := rapid.SampledFrom([]string{"a", "b.example", "127.0.0.1"}).Draw(t, "name")
		key := rapid.SampledFrom(keys).Draw(t, "key")
		v := ask(judge, knownhosts.Normalize(net.JoinHostPort(name, port)), key)

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

// TestCertifiesNoMore compares certificates likewise: what the library accepts we do, and what it does not only where the key
// in it is known.
func TestCertifiesNoMore(t *testing.T) {
	authorities := []ssh.Signer{newAuthority(t), newAuthority(t)}
	host := testKey(t)
	keys := []ssh.PublicKey{authorities[0].PublicKey(), authorities[0].PublicKey(), authorities[1].PublicKey(), host}
	names := []string{"a", "b.example", "a,b.example", "*", "*.example,!b.example", "!a,*"}
	principals := []string{"a", "b.example"}
	certificates := []*ssh.Certificate{certify(t, authorities[0], host, func(c *ssh.Certificate) { c.ValidPrincipals, c.CertType = principals, ssh.UserCert })}
	for _, authority := range authorities {
		for _, names := range [][]string{principals, principals, {"a"}, {"b.example"}} {
			certificates = append(certificates, certify(t, authority, host, func(c *ssh.Certificate) { c.ValidPrincipals = names }))
		}
	}
	file := filepath.Join(t.TempDir(), "known_hosts")
	markers := []string{"@cert-authority ", "@cert-authority ", "@cert-authority ", "", "@revoked "}
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, markers, names, keys) }), 0, 6).Draw(t, "lines")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		library, err := knownhosts.New(file)
		if err != nil {
			t.Fatal(err)
		}
		judge := reading([]byte(strings.Join(lines, "\n")))
		name := rapid.SampledFrom(principals).Draw(t, "name")
		certificate := rapid.SampledFrom(certificates).Draw(t, "certificate")
		v, plain := ask(judge, name, certificate), ask(judge, name, host)
		err = library(net.JoinHostPort(name, "22"), &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}, certificate)
		if want := err == nil || v.Decision != fleet.Revoked && plain.Decision == fleet.Accept; (v.Decision == fleet.Accept) != want {
			t.Fatalf("%s (%s), the library says %v, of the key we say %s", v.Decision, v.Reason, err, plain.Decision)
		}
	})
}

// drawLine draws a line. To the library, an authority's key is the host's own as well.
func drawLine(t *rapid.T, markers, names []string, keys []ssh.PublicKey) string {
	name := rapid.SampledFrom(names).Draw(t, "names")
	marker := rapid.SampledFrom(markers).Draw(t, "marker")
	if rapid.Bool().Draw(t, "hashed") && !strings.ContainsAny(name, "*?!,") {
		name = hashed(name)
	}
	return marker + name + " " + text(rapid.SampledFrom(keys).Draw(t, "key"))
}

// FuzzKnownHosts reads arbitrary files, and checks that this takes no longer than their length allows, that a line which
// is revoked, bad, or about another host, put in anywhere, never makes a key or a certificate accepted that was not, and that
// the library accepts what we do of a file that it can load.
func FuzzKnownHosts(f *testing.F) {
	key := publicKey(f, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public()) // the same in each of its processes
	authority := newSigner(f, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	certificate := certify(f, authority, key, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"h", "y.x"} })
	ca := text(authority.PublicKey())
	other := otherTypeKey(f)
	good := "h " + text(key)
	for _, seed := range []string{
		"", good, good + "\r\n", bom + good, "# " + good, "h " + text(other), hashed("h") + " " + text(key), "*.x,!y.x " + text(key), "[h]:2222,h " + text(key),
		"@revoked * " + text(key), "@cert-authority h " + text(key), "@x h " + text(key), good + "\x00", good[:40], "|1|a|b " + text(key),
		strings.Repeat("*a", 500) + " " + text(key), "h ssh-rsa AAAA", strings.Repeat("x", 70_000), "h 1024 35 123",
		good + "\n@revoked elsewhere " + text(key), bom + "@revoked h " + text(key) + "\n" + good, "@cert-authority h " + ca, "@cert-authority " + hashed("h") + " " + ca, "@cert-authority *.x,!z.x " + ca + "\n@revoked h " + ca,
		"@cert-authority H,[h]:2222 " + ca + "\r\nh " + text(key), "@cert-authority h " + ca + "\n" + good, "@cert-authority h " + text(key), "@cert-authority\th\t" + ca,
		"H,?.X\t" + text(key) + "\t# h", "\n\n" + good + "\n" + good[:50],
	} {
		f.Add([]byte(seed), uint8(len(seed)))
	}
	file := filepath.Join(f.TempDir(), "known_hosts")
	f.Fuzz(func(t *testing.T, data []byte, at uint8) {
		start := time.Now()
		before := verdicts(data, key, certificate)
		if took := time.Since(start); took > time.Duration(len(data))*time.Microsecond+2*time.Second {
			t.Errorf("%d bytes took %v", len(data), took)
		}
		body, marked := bytes.CutPrefix(data, []byte(bom))
		lines := bytes.SplitAfter(body, []byte("\n"))
		where := int(at) % len(lines)
		for _, more := range []string{
			"@revoked h " + text(key), "garbage", good[:30], "elsewhere " + text(key), hashed("elsewhere") + " " + text(key),
			"@revoked h " + ca, "@cert-authority h " + ca[:30], "@cert-authority elsewhere " + ca, "@cert-authority " + hashed("elsewhere") + " " + ca, "@authority h " + ca, "h " + ca,
		} {
			changed := bytes.Join(lines[:where], nil)
			changed = append(changed, more+"\n"...)
			changed = append(changed, bytes.Join(lines[where:], nil)...)
			if marked {
				changed = append([]byte(bom), changed...)
			}
			for name, after := range verdicts(changed, key, certificate) {
				if after == fleet.Accept && before[name] != fleet.Accept {
					t.Errorf("%s: %s became accept by %q", name, before[name], more)
				}
			}
		}
		library := asLibrary(t, file, body)
		if library == nil {
			return
		}
		refuses := func(name string, key ssh.PublicKey) error {
			return library(name+":22", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}, key)
		}
		for _, name := range []string{"h", "y.x"} {
			if err := refuses(name, key); err != nil && before[name] == fleet.Accept {
				t.Errorf("%s is accepted, the library says %v", name, err)
			}
			if err := refuses(name, certificate); err != nil && before[name+" certified"] == fleet.Accept && before[name] != fleet.Accept {
				t.Errorf("%s is accepted by its certificate, the library says %v", name, err)
			}
		}
	})
}

// bom is a byte order mark, which some editors put before a file's first line.
const bom = "\ufeff"

// asLibrary has the library read a known_hosts file; nil if it cannot, or reads it in another way than OpenSSH and we do:
// to it a star at the end stands for some text and not for none, and !h:22 excludes h.
func asLibrary(t *testing.T, file string, data []byte) ssh.HostKeyCallback {
	if bytes.ContainsAny(data, "*!") {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(data)) { // names are lower-cased: to it, h is not H
		marker, rest := "", strings.TrimLeft(line, " \t")
		if strings.HasPrefix(rest, "@") {
			marker, rest = cutWord(rest)
		}
		names, rest := cutWord(rest)
		if !strings.HasPrefix(names, "|") {
			names = strings.ToLower(names)
		}
		lines = append(lines, marker+names+rest)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	library, _ := knownhosts.New(file)
	return library
}

// cutWord cuts off a line's first word, with the blanks behind it.
func cutWord(line string) (word, rest string) {
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return line, ""
	}
	rest = strings.TrimLeft(line[end:], " \t")
	return line[:len(line)-len(rest)], rest
}

// verdicts judges a key, and a certificate for it, under a few names by the known_hosts file data.
func verdicts(data []byte, key, certificate ssh.PublicKey) map[string]fleet.Decision {
	judge := reading(data)
	found := map[string]fleet.Decision{}
	for _, name := range []string{"h", "[h]:2222", "y.x"} {
		found[name], found[name+" certified"] = ask(judge, name, key).Decision, ask(judge, name, certificate).Decision
	}
	for name, decision := range found {
		switch decision {
		case fleet.Accept, fleet.Changed, fleet.Revoked, fleet.Unknown, fleet.Redial:
			continue
		case fleet.Certificate:
			if strings.HasSuffix(name, "certified") {
				continue
			}
		}
		panic("decision " + decision)
	}
	return found
}

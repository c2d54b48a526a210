package sshconf

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

func newSigner(t testing.TB, private any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newAuthority(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, private)
}

// certify makes a certificate for a host called h and its key, with changes, if there are any.
func certify(t testing.TB, authority ssh.Signer, key ssh.PublicKey, change func(*ssh.Certificate)) *ssh.Certificate {
	t.Helper()
	c := &ssh.Certificate{
		Key: key, KeyId: "test", CertType: ssh.HostCert, ValidPrincipals: []string{"h"}, ValidBefore: ssh.CertTimeInfinity,
	}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return c
}

// A certificate is good where an authority that known_hosts names for the host has made it for that host and now. Any other
// is worth as much as the key in it, which is not learnt where there is an authority.
func TestCertificates(t *testing.T) {
	authority, another, key, other, ec := newAuthority(t), newAuthority(t), testKey(t), testKey(t), otherTypeKey(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signsRSA := func(algorithm string) ssh.Signer {
		s, err := ssh.NewSignerWithAlgorithms(newSigner(t, rsaKey).(ssh.AlgorithmSigner), []string{algorithm})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ca := func(names string) string { return "@cert-authority " + names + " " + text(authority.PublicKey()) }
	caRSA := "@cert-authority * " + text(signsRSA(ssh.KeyAlgoRSASHA256).PublicKey())
	good := certify(t, authority, key, nil)
	changed := func(change func(*ssh.Certificate)) *ssh.Certificate { return certify(t, authority, key, change) }
	of := func(names ...string) *ssh.Certificate {
		return changed(func(c *ssh.Certificate) { c.ValidPrincipals = names })
	}
	expired := changed(func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Unix()) })
	forged := certify(t, authority, key, nil)
	forged.ValidPrincipals = []string{"g"}
	h, at2222 := server("h"), server("[h]:2222")
	alias := fleet.Host{Name: "1.2.3.4", Port: 2222}.Along(fleet.Way{KnownAs: "H"})
	hostName := fleet.Host{Name: "web"}.Along(fleet.Way{HostName: "h"})
	for _, tt := range []struct {
		name  string
		lines []string
		host  fleet.Host
		key   *ssh.Certificate
		want  fleet.Decision
		text  string
	}{
		{"F39 valid", []string{ca("h")}, h, good, fleet.Accept, ""},
		{"F39 pattern", []string{ca("g,h*")}, h, good, fleet.Accept, ""},
		{"F39 hashed", []string{ca(hashed("h"))}, h, good, fleet.Accept, ""},
		{"F39 port", []string{ca("[h]:2222")}, at2222, good, fleet.Accept, ""},
		{"F39 name without port", []string{ca("h")}, at2222, good, fleet.Accept, ""},
		{"F39 hashed name without port", []string{ca(hashed("h"))}, at2222, good, fleet.Accept, ""},
		{"F39 two authorities", []string{"@cert-authority h " + text(another.PublicKey()), ca("*")}, h, good, fleet.Accept, ""},
		{"F39 a key is known too", []string{"h " + text(other), ca("h")}, h, good, fleet.Accept, ""},
		{"F39 alias", []string{ca("h")}, alias, good, fleet.Accept, ""},
		{"F39 what is dialled", []string{ca("h")}, hostName, good, fleet.Accept, ""},
		{"F39 one of the names", []string{ca("*")}, h, of("g", "h"), fleet.Accept, ""},
		{"F39 pattern of names", []string{ca("*")}, server("x.h"), of("*.h"), fleet.Accept, ""},
		{"F39 RSA", []string{caRSA}, h, certify(t, signsRSA(ssh.KeyAlgoRSASHA512), key, nil), fleet.Accept, ""},
		{"F39 no authority", nil, h, good, fleet.Unknown, "not known"},
		{"F39 negated", []string{ca("*,!h")}, h, good, fleet.Unknown, "not known"},
		{"F39 authority of another host", []string{ca("g"), ca(hashed("g")), ca("g*")}, h, good, fleet.Unknown, "not known"},
		{"F39 another port", []string{ca("[h]:2223")}, at2222, good, fleet.Unknown, "not known"},
		{"F39 the authority as a key", []string{"h " + text(authority.PublicKey())}, h, good, fleet.Changed, "changed"},
		{"F39 another authority", []string{ca("h")}, h, certify(t, another, key, nil), fleet.Certificate, "known_hosts:1"},
		{"F39 wrong name", []string{ca("*")}, server("g"), good, fleet.Certificate, `for ["h"], not for g`},
		{"F39 many wrong names", []string{ca("*")}, h, of("a", "b", "c", "d", "e"), fleet.Certificate, `for ["a" "b" "c"] and 2 more, not for h`},
		{"F39 name with port", []string{ca("*")}, at2222, of("[h]:2222"), fleet.Certificate, "not for h"},
		{"F39 no name", []string{ca("*")}, h, of(), fleet.Certificate, "not for h"},
		{"F39 expired", []string{ca("h")}, h, expired, fleet.Certificate, "expired"},
		{"F39 not yet valid", []string{ca("h")}, h, changed(func(c *ssh.Certificate) { c.ValidAfter = uint64(time.Now().Unix() + 3600) }), fleet.Certificate, "not yet valid"},
		{"F39 for a user", []string{ca("h")}, h, changed(func(c *ssh.Certificate) { c.CertType = ssh.UserCert }), fleet.Certificate, "not for a host"},
		{"F39 critical option", []string{ca("h")}, h, changed(func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"x": ""} }), fleet.Certificate, "critical option"},
		{"F39 signature", []string{ca("*")}, server("g"), forged, fleet.Certificate, "signature"},
		{"F39 SHA-1", []string{caRSA}, h, certify(t, signsRSA(ssh.KeyAlgoRSA), key, nil), fleet.Certificate, `"ssh-rsa"`},
		{"F39 expired, key known", []string{ca("h"), "h " + text(key)}, h, expired, fleet.Accept, ""},
		{"F39 expired, hashed key known", []string{ca("h"), hashed("h") + " " + text(key)}, h, expired, fleet.Accept, ""},
		{"F39 expired, another key known", []string{ca("h"), "h " + text(other)}, h, expired, fleet.Changed, "expired; host key changed"},
		{"F39 expired, another type known", []string{ca("h"), "h " + text(ec)}, h, expired, fleet.Redial, "ssh-keygen -R h"},
		{"F38 key", []string{ca("h"), "@revoked * " + text(key)}, h, good, fleet.Revoked, "known_hosts:2"},
		{"F38 key elsewhere", []string{"@revoked g " + text(key), ca("h")}, h, good, fleet.Revoked, "known_hosts:1"},
		{"F38 authority", []string{ca("h"), "h " + text(key), "@revoked * " + text(authority.PublicKey())}, h, good, fleet.Revoked, "known_hosts:3"},
		{"F38 certificate", []string{ca("h"), "@revoked * " + text(good)}, h, good, fleet.Revoked, "known_hosts:2"},
		{"F38 another certificate of the key", []string{ca("h"), "@revoked * " + text(expired)}, h, good, fleet.Revoked, "known_hosts:2"},
		{"F38 another authority", []string{ca("h"), "@revoked * " + text(another.PublicKey())}, h, good, fleet.Accept, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for policy, want := range map[Policy]fleet.Decision{Strict: tt.want, AcceptNew: acceptNew(tt.want), Off: off(tt.want)} {
				_, warnings, file := load(t, tt.lines...)
				if len(warnings) > 0 {
					t.Fatal(warnings)
				}
				judge := trusting(t, policy, file)
				v := judge.Judge(context.Background(), tt.host, fleet.HostKey{Key: tt.key.Marshal()})
				if v.Decision != want || v.Decision == tt.want && !strings.Contains(v.Reason, tt.text) {
					t.Errorf("%s: %s (%s), want %s (%s)", policy, v.Decision, v.Reason, want, tt.text)
				}
				data, err := os.ReadFile(file)
				if learned := strings.HasSuffix(string(data), tt.host.KnownName()+" "+text(key)+"\n"); err != nil || learned != (policy == AcceptNew && tt.want == fleet.Unknown) {
					t.Errorf("%s: %v, the file is %q", policy, err, data)
				}
			}
		})
	}
}

// What authorities may sign with is as the user says.
func TestAuthorityAlgorithms(t *testing.T) {
	authority := newAuthority(t)
	_, _, file := load(t, "@cert-authority * "+text(authority.PublicKey()))
	c := certify(t, authority, testKey(t), nil)
	for algorithm, want := range map[string]fleet.Decision{ssh.KeyAlgoED25519: fleet.Accept, ssh.KeyAlgoECDSA256: fleet.Certificate} {
		judge := NewJudge()
		judge.Add(Trust{Files: []string{file}, Policy: Strict, AuthorityAlgorithms: []string{algorithm}})
		if v := ask(judge, "h", c); v.Decision != want {
			t.Errorf("%s: %+v, want %s", algorithm, v, want)
		}
	}
}

// A host for which there is an authority may have a certificate; so may any where too many lines would have to be tried.
func TestCertified(t *testing.T) {
	ca := " " + text(testKey(t))
	many := slices.Repeat([]string{"@cert-authority g*" + ca}, maxTries)
	for _, tt := range []struct {
		name  string
		lines []string
		host  string
		want  bool
	}{
		{"nothing", nil, "h", false},
		{"key", []string{"h" + ca}, "h", false},
		{"plain", []string{"@cert-authority h" + ca}, "h", true},
		{"plain, another", []string{"@cert-authority g" + ca}, "h", false},
		{"portless", []string{"@cert-authority h" + ca}, "[h]:2222", true},
		{"hashed", []string{"@cert-authority " + hashed("h") + ca}, "h", true},
		{"pattern", []string{"@cert-authority *" + ca}, "h", true},
		{"negated", []string{"@cert-authority *,!h" + ca}, "h", false},
		{"many", many, "h", false},
		{"too many", append(many, many[0]), "h", true},
		{"bad line", []string{"@cert-authority h ssh-new AAAA", "@cert-authority h"}, "h", false},
	} {
		judge, _, _ := load(t, tt.lines...)
		h := server(tt.host)
		if judge.Prepare(&h); h.Way().Certified != tt.want {
			t.Errorf("%s: %v", tt.name, h.Way().Certified)
		}
	}
}

// The file of a directory that is made for it, with lines.
func fileOf(t *testing.T, lines ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A key in a file of revoked keys is so whatever known_hosts says, under every policy, bare and in certificates.
func TestF38RevokedHostKeys(t *testing.T) {
	authority, key := newAuthority(t), testKey(t)
	certificate := certify(t, authority, key, nil)
	_, _, known := load(t, "h "+text(key), "@cert-authority h "+text(authority.PublicKey()))
	for name, revoked := range map[string]ssh.PublicKey{"key": key, "authority": authority.PublicKey(), "certificate": certificate} {
		for _, policy := range []Policy{Strict, AcceptNew, Off} {
			judge := NewJudge()
			file := fileOf(t, "# stolen", "", text(revoked)+" comment\r")
			if _, _, err := judge.Add(Trust{Files: []string{known}, Revoked: []string{fileOf(t), file}, Policy: policy}); err != nil {
				t.Fatal(err)
			}
			if v := ask(judge, "h", certificate); v.Decision != fleet.Revoked || !strings.Contains(v.Reason, file+":3") {
				t.Errorf("%s, %s: %+v", name, policy, v)
			}
			h := server("h")
			if judge.Prepare(&h); (len(h.Way().Pins) == 0) != (name != "authority") {
				t.Errorf("%s: %d pins", name, len(h.Way().Pins))
			}
		}
	}
}

// What may hide a revoked key is an error: a file that is missing, a line that is no key, a form that we do not read.
func TestRevokedHostKeysRefused(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"missing", filepath.Join(t.TempDir(), "missing"), "no such file"},
		{"garbage", fileOf(t, text(testKey(t)), "garbage"), ":2: not a public key"},
		{"options", fileOf(t, "restrict "+text(testKey(t))), ":1: not a public key"},
		{"list", fileOf(t, krlMagic+"..."), "a key revocation list (ssh-keygen -k) is not supported"},
	} {
		if _, _, err := NewJudge().Add(Trust{Revoked: []string{tt.file}}); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

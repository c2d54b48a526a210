package sshconf

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// crowd is many hosts, and a known_hosts file of as many lines by which they are known.
type crowd struct {
	judge *Judge
	names []string
	keys  []ssh.PublicKey // or certificates
}

// every is how many hosts there are for one of those that show certificates: it is dear to make and to verify them.
const every = 10

// The kinds of lines that a crowd is known by. One key, or authority, on many hashed lines would cost as many tries.
var crowds = []struct {
	name   string
	line   func(i int, key, authority ssh.PublicKey) string
	shares int // how many hosts have one authority; 0: they show no certificates
}{
	{"hashed keys", func(i int, key, _ ssh.PublicKey) string { return hashed(node(i)) + " " + text(key) }, 0},
	{"patterns of keys", func(i int, key, _ ssh.PublicKey) string { return fmt.Sprintf("*.rack%d %s", i, text(key)) }, 0},
	{"authorities", func(i int, _, ca ssh.PublicKey) string { return "@cert-authority " + node(i) + " " + text(ca) }, 10_000},
	{"hashed authorities", func(i int, _, ca ssh.PublicKey) string { return "@cert-authority " + hashed(node(i)) + " " + text(ca) }, 10},
	{"patterns of authorities", func(i int, _, ca ssh.PublicKey) string {
		return fmt.Sprintf("@cert-authority *.rack%d %s", i, text(ca))
	}, 10_000},
}

func node(i int) string { return fmt.Sprintf("node%d.rack%d", i, i) }

// newCrowd makes hosts that are known by lines of a kind.
func newCrowd(t testing.TB, hosts, kind int) crowd {
	t.Helper()
	var c crowd
	var lines strings.Builder
	var authority ssh.Signer
	for i := range hosts {
		random := make([]byte, ed25519.PublicKeySize)
		rand.Read(random)
		key := publicKey(t, ed25519.PublicKey(random))
		shares := crowds[kind].shares
		if shares == 0 {
			lines.WriteString(crowds[kind].line(i, key, nil) + "\n")
			c.names, c.keys = append(c.names, node(i)), append(c.keys, key)
			continue
		}
		if i%shares == 0 {
			authority = newAuthority(t)
		}
		lines.WriteString(crowds[kind].line(i, key, authority.PublicKey()) + "\n")
		if i%every == 0 {
			certificate := certify(t, authority, key, func(c *ssh.Certificate) { c.ValidPrincipals = []string{node(i)} })
			c.names, c.keys = append(c.names, node(i)), append(c.keys, certificate)
		}
	}
	c.judge = reading([]byte(lines.String()))
	return c
}

// visit does what the parent does for a host.
func (c crowd) visit(t testing.TB, i int) {
	t.Helper()
	h := server(c.names[i])
	if c.judge.Prepare(&h); h.Way().Certified != (c.keys[i].Type() == ssh.CertAlgoED25519v01) {
		t.Fatalf("%s: certified %v", h.Name, h.Way().Certified)
	}
	if v := ask(c.judge, h.Name, c.keys[i]); v.Decision != fleet.Accept {
		t.Fatalf("%s: %+v", h.Name, v)
	}
}

// Ten thousand hosts, each on a line of its own: all are known, at 100 µs a host. The price of a look-up in turn, where names
// are hashed, is 30 times that.
func TestF41Crowds(t *testing.T) {
	const hosts = 10_000
	for kind, k := range crowds {
		t.Run("F41 "+k.name, func(t *testing.T) {
			c := newCrowd(t, hosts, kind)
			start := time.Now()
			for i := range c.keys {
				c.visit(t, i)
			}
			took, bound := time.Since(start), time.Duration(len(c.keys))*100*time.Microsecond
			if took > bound+2*time.Second {
				t.Errorf("took %v, want less than %v", took, bound)
			}
		})
	}
}

// BenchmarkJudge judges a host key among 10,000 lines.
func BenchmarkJudge(b *testing.B) {
	for kind, k := range crowds {
		b.Run(k.name, func(b *testing.B) {
			c := newCrowd(b, 10_000, kind)
			for i := 0; b.Loop(); i++ {
				c.visit(b, i%len(c.keys))
			}
		})
	}
}

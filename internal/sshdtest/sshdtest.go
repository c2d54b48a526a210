// Package sshdtest runs real SSH servers for tests: OpenSSH's sshd and dropbear. They listen on loopback addresses, or in
// networks made for the test, let nobody in but with the key or the password that the test knows, change no file of the
// machine, and are ended with the test.
//
// Where a server is not installed, or the test may not do what it takes, it is skipped, or fails if MUSTER_REQUIRE_REAL is
// set, as it is in CI.
package sshdtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/tier"
)

// Options says what kind of server to start. The zero value is one address and an ed25519 host key. Dropbear cannot do all
// of it, and fails the test where it is asked to.
type Options struct {
	Addresses      int      // how many loopback addresses reach it; 0: one. More than one takes Linux
	HostKeys       []string // types as in ssh-keygen -t; none: ed25519
	AuthorizedKeys []string // public keys, as in authorized_keys, that are let in besides Identity's
	Password       string   // of the user, who may give it to OpenSSH keyboard-interactively too; empty: none is let in. Takes Linux and root

	// Of OpenSSH only.
	Authority         string   // file with the private key that certifies its host keys; empty: it has no certificates
	Principals        []string // the names that the certificates are for; none: they have no such list
	Validity          string   // of the certificates, as in ssh-keygen -V; empty: always
	TrustedUserCAKeys []string // public keys, as in authorized_keys, of authorities whose certificates for the user are let in
	Config            []string // lines for sshd_config that go before ours, so that they win
}

// Server is a running server.
type Server struct {
	User     string   // who may log in: the user who runs the test
	Port     int      // the same on every address
	Identity string   // file with the private key that is let in
	HostKeys []string // its public keys, as in a known_hosts line: type and base64

	network   string // the first two bytes of its addresses
	addresses int
	dir       string
	within    []string // the command that gives a program its surroundings and executes it; none: those of the test
	outputs   []*output
}

// Addr is the i-th address, from 0, without the port.
func (s *Server) Addr(i int) string { return fmt.Sprintf("%s.%d.%d", s.network, i/250, i%250+1) }

// Log is what it has written so far. It is another process: what has happened to it may be in its log a little later.
func (s *Server) Log() string {
	var log strings.Builder
	for _, out := range s.outputs {
		log.WriteString(out.text())
	}
	return log.String()
}

// Hosts lists the first n addresses.
func (s *Server) Hosts(n int) []string {
	if n > s.addresses {
		panic(fmt.Sprintf("sshdtest: asked for %d addresses of %d", n, s.addresses))
	}
	hosts := make([]string, n)
	for i := range hosts {
		hosts[i] = s.Addr(i)
	}
	return hosts
}

// KnownHosts are the known_hosts lines that vouch for the server under the given names on its port.
func (s *Server) KnownHosts(names ...string) string {
	var lines []byte
	for _, name := range names {
		for _, key := range s.HostKeys {
			lines = fmt.Appendf(lines, "[%s]:%d %s\n", name, s.Port, key)
		}
	}
	return string(lines)
}

// newServer makes what every server needs: a directory, the keys that are let in, a port that is free.
func newServer(t testing.TB, opts Options) *Server {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{User: me.Username, Port: freePort(t), network: "127.0", addresses: max(opts.Addresses, 1), dir: t.TempDir()}
	s.Identity = filepath.Join(s.dir, "id_ed25519")
	others := strings.Join(opts.AuthorizedKeys, "\n") + "\n"
	writeFile(t, filepath.Join(s.dir, ".ssh", "authorized_keys"), append(newKey(t, s.Identity), others...))
	return s
}

// freePort finds a port that no address of this machine uses.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// find looks a server program up where distributions put it, and ends the test where it is missing.
func find(t testing.TB, program string) string {
	t.Helper()
	for _, name := range []string{"/usr/sbin/" + program, "/usr/local/sbin/" + program, program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tier.Lacks(t, program+" is not installed")
	return ""
}

// writeFile writes a file that only its owner may read, and the directory for it.
func writeFile(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

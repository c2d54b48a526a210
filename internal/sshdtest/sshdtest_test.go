package sshdtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"muster/internal/tier"
)

// openssh is OpenSSH's own client, which shares no code with ours, with arguments that trust the given known_hosts lines alone.
func openssh(t *testing.T, known, identity string, args ...string) *exec.Cmd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	return exec.Command(tier.Needs(t, "ssh"), append([]string{
		"-F", "none", "-i", identity, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + file,
		"-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes",
	}, args...)...)
}

// logsIn logs in at the i-th address.
func logsIn(t *testing.T, s *Server, known, identity string, i int) {
	t.Helper()
	cmd := openssh(t, known, identity, "-l", s.User, "-p", strconv.Itoa(s.Port), s.Addr(i), "echo hello")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("ssh %s: %v: %q", s.Addr(i), err, out)
	}
}

func TestStart(t *testing.T) {
	s := Start(t, Options{Addresses: 20, HostKeys: []string{"ed25519", "ecdsa"}})
	for _, i := range []int{0, 19} {
		logsIn(t, s, s.KnownHosts(s.Hosts(20)...), s.Identity, i)
	}
	listens(t, s)
}

// listens checks that every address is listened on.
func listens(t *testing.T, s *Server) {
	t.Helper()
	for _, addr := range s.Hosts(s.addresses) {
		conn, err := net.Dial("tcp", net.JoinHostPort(addr, strconv.Itoa(s.Port)))
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

func TestStartDropbear(t *testing.T) {
	other := filepath.Join(t.TempDir(), "id")
	s := StartDropbear(t, Options{
		Addresses: 12, HostKeys: []string{"ed25519", "ecdsa", "rsa"}, AuthorizedKeys: []string{string(newKey(t, other))},
	})
	known := s.KnownHosts(s.Hosts(12)...)
	logsIn(t, s, known, s.Identity, 0)
	logsIn(t, s, known, other, 11)
	listens(t, s)
}

// Certificates of either side, as authorities give them: for some names, some time, some user.
func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	authority, identity := filepath.Join(dir, "ca"), filepath.Join(dir, "id")
	ca := string(newKey(t, authority))
	writeFile(t, identity+".pub", newKey(t, identity))
	s := Start(t, Options{
		Authority: authority, Principals: []string{"127.0.0.1"}, Validity: "-1d:+1d", TrustedUserCAKeys: []string{ca}, Addresses: 2,
	})
	keygen(t, "-q", "-s", authority, "-I", "test", "-n", s.User, identity+".pub")
	known := "@cert-authority * " + ca
	logsIn(t, s, known, identity, 0)
	if out, err := openssh(t, known, identity, "-l", s.User, "-p", strconv.Itoa(s.Port), s.Addr(1), "true").CombinedOutput(); err == nil {
		t.Errorf("logged in under a name that the certificate is not for: %s", out)
	}
}

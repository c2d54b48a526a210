package sshdtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestStart logs in with OpenSSH's own client, which shares no code with ours.
func TestStart(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip(err)
	}
	s := Start(t, Options{Addresses: 20, HostKeys: []string{"ed25519", "ecdsa"}})
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(s.KnownHosts(s.Hosts(20)...)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 19} {
		out, err := exec.Command(client, "-F", "none", "-i", s.Identity, "-l", s.User, "-p", strconv.Itoa(s.Port),
			"-o", "UserKnownHostsFile="+known, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", s.Addr(i),
			"echo hello").CombinedOutput()
		if err != nil || string(out) != "hello\n" {
			t.Errorf("ssh %s: %v: %q", s.Addr(i), err, out)
		}
	}
	for _, addr := range s.Hosts(20) {
		conn, err := net.Dial("tcp", net.JoinHostPort(addr, strconv.Itoa(s.Port)))
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

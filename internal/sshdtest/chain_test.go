package sshdtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/tier"
)

// OpenSSH's client reaches the last hop through all others, and not past them.
func TestChain(t *testing.T) {
	t.Parallel()
	client := tier.Needs(t, "ssh")
	c := NewChain(t, Options{}, Options{HostKeys: []string{"ecdsa"}, Password: "long"}, Options{Addresses: 20})
	dir := t.TempDir()
	known, config := filepath.Join(dir, "known_hosts"), filepath.Join(dir, "config")
	var trusted, lines strings.Builder
	for _, s := range c.Hops {
		hosts := s.Hosts(s.addresses)
		trusted.WriteString(s.KnownHosts(hosts...))
		fmt.Fprintf(&lines, "Host %s\n User %s\n Port %d\n IdentityFile %s\n", strings.Join(hosts, " "), s.User, s.Port, s.Identity)
	}
	fmt.Fprintf(&lines, "Host *\n UserKnownHostsFile %s\n StrictHostKeyChecking yes\n BatchMode yes\n IdentitiesOnly yes\n", known)
	writeFile(t, known, []byte(trusted.String()))
	writeFile(t, config, []byte(lines.String()))
	ssh := func(args ...string) (string, error) {
		cmd := exec.Command(client, append([]string{"-F", config}, args...)...)
		c.Enter(t, cmd)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	jumps, target := c.Hops[0].Addr(0)+","+c.Hops[1].Addr(0), c.Hops[2].Addr(19)
	if out, err := ssh("-J", jumps, target, "echo hello"); err != nil || out != "hello\n" {
		t.Errorf("through both: %v: %q", err, out)
	}
	for _, args := range [][]string{{target}, {c.Hops[1].Addr(0)}, {"-J", c.Hops[0].Addr(0), target}} {
		if out, err := ssh(append(args, "true")...); err == nil || !strings.Contains(out, "unreachable") && !strings.Contains(out, "connect failed") {
			t.Errorf("%q: %v: %q", args, err, out)
		}
	}
}

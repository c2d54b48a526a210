package sshdtest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"
)

// Chain is a row of sshds, each in a network of its own that reaches the next and the one before: the last is reached through
// all others only. What is to reach the first must enter the network before it.
type Chain struct {
	Hops []*Server

	entry []string // the command that executes another in the network before the first hop
}

// NewChain starts an sshd for each of its options, and makes the networks, which end with the test. It takes Linux and root.
func NewChain(t testing.TB, hops ...Options) *Chain {
	t.Helper()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root makes network namespaces")
	}
	tier.Needs(t, "unshare")
	tier.Needs(t, "ip")
	near := namespace(t)
	c := &Chain{entry: enter(t, near)}
	for i, opts := range hops {
		far := namespace(t)
		s := newServer(t, opts)
		s.network, s.within = fmt.Sprintf("10.%d", i+1), enter(t, far)
		link(t, near, far, s)
		s.openssh(t, opts)
		c.Hops = append(c.Hops, s)
		near = far
	}
	return c
}

// Enter has a command that is not started yet run where the first hop is reached, and nothing else, under the name it has.
func (c *Chain) Enter(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(cmd.Args[0]))
	if err := os.Symlink(cmd.Path, program); err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = c.entry[0], slices.Concat(c.entry, []string{program}, cmd.Args[1:])
}

// Within is the command that executes another where the first hop is reached, and nothing else.
func (c *Chain) Within() []string { return slices.Clone(c.entry) }

// namespace makes a network namespace without a name, and returns a process in it, with which it ends. The process ends with
// its input, and so with the test's in any case.
func namespace(t testing.TB) int {
	t.Helper()
	cmd := exec.Command("unshare", "--net", "sh", "-c", "ip link set lo up && exec cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	// It answers as soon as it is in there.
	io.WriteString(stdin, "\n")
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		tier.Lacks(t, "no network namespaces")
	}
	return cmd.Process.Pid
}

// enter is the command that executes another in the namespace of a process.
func enter(t testing.TB, pid int) []string {
	t.Helper()
	return []string{tier.Needs(t, "nsenter"), fmt.Sprintf("--net=/proc/%d/ns/net", pid)}
}

// link joins two namespaces by a network of two, in which the far side has the addresses of the server.
func link(t testing.TB, near, far int, s *Server) {
	t.Helper()
	ip(t, near, fmt.Sprintf("link add next type veth peer name previous netns %d", far),
		"addr add "+s.network+".255.254/16 dev next", "link set next up")
	lines := []string{"link set previous up"}
	for _, addr := range s.Hosts(s.addresses) {
		lines = append(lines, "addr add "+addr+"/16 dev previous")
	}
	ip(t, far, lines...)
}

// ip gives commands to iproute2 in the namespace of a process.
func ip(t testing.TB, pid int, lines ...string) {
	t.Helper()
	args := append(enter(t, pid), "ip", "-batch", "-")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip: %v: %s", err, out)
	}
}

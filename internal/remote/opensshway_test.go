package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// closedPort is one that nobody listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestOpenSSHCannotConnect(t *testing.T) {
	noLeak(t)
	o := newOpenSSH(t, OpenSSHConfig{ConnectTimeout: time.Minute, Retries: 3, RetryBudget: 3})
	for _, tt := range []struct {
		name   string
		host   fleet.Host
		status fleet.Status
		phase  fleet.Phase
	}{
		{"F1 closed port", fleet.Host{Name: "127.0.0.1", Port: closedPort(t)}, fleet.StatusRefused, fleet.PhaseConnect},
		{"F3 no such network", fleet.Host{Name: "255.255.255.255"}, fleet.StatusUnreachable, fleet.PhaseConnect},
		{"F32 no name", fleet.Host{Name: "two..dots"}, fleet.StatusResolve, fleet.PhaseResolve},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := o.Run(context.Background(), tt.host, Command{Line: "true"})
			if r.Status != tt.status || r.Phase != tt.phase || r.Err == "" || r.Attempts != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestOpenSSHCannotStart(t *testing.T) {
	if _, err := NewOpenSSH(OpenSSHConfig{Program: "muster-no-such-program"}); err == nil {
		t.Error("no such program, and no error")
	}
	o := newOpenSSH(t, OpenSSHConfig{ConnectTimeout: time.Minute, Retries: 3, RetryBudget: 3})
	r := o.Run(context.Background(), fleet.Host{Name: "x"}, Command{Line: strings.Repeat("x", 8<<20)})
	if r.Status != fleet.StatusLocal || r.Phase != fleet.PhaseResolve || r.Err == "" || r.Attempts != 1 {
		t.Errorf("%+v", r)
	}
}

// A host that hangs up at once is tried again.
func TestOpenSSHRetries(t *testing.T) {
	noLeak(t)
	h, connections := serve(t, func(net.Conn) {})
	o := newOpenSSH(t, OpenSSHConfig{ConnectTimeout: time.Minute, Retries: 1, RetryBudget: 10})
	r := o.Run(context.Background(), h, Command{Line: "x"})
	if r.Status != fleet.StatusClosed || r.Phase != fleet.PhaseBanner || r.Attempts != 2 || connections() != 2 {
		t.Errorf("%d connections, %+v", connections(), r)
	}
}

// jumping is a configuration that leads to the target through a jump host.
func jumping(t *testing.T, server *sshdtest.Server, user string, port int) string {
	t.Helper()
	known := writeTemp(t, server.KnownHosts("known"))
	return writeTemp(t, fmt.Sprintf(`Host *
HostName 127.0.0.1
HostKeyAlias [known]:%d
UserKnownHostsFile %s
IdentityFile %s
StrictHostKeyChecking yes
Host jump
User %s
Port %d
Host target
ProxyJump jump
`, server.Port, known, server.Identity, user, port))
}

// Through a jump host, by ssh's own means. What that host says to everybody is not the command's. Where it does not lead on,
// what ssh says of it is the reason.
func TestOpenSSHJump(t *testing.T) {
	noLeak(t)
	server := sshdtest.Start(t, sshdtest.Options{Config: []string{"Banner " + writeTemp(t, "no entry\n")}})
	busy, _ := serve(t, func(c net.Conn) { io.WriteString(c, "Exceeded MaxStartups\r\n") })
	for _, tt := range []struct {
		name, user string
		jump, port int // ports of the jump host, and of the target
		status     fleet.Status
		phase      fleet.Phase
		errs, text string
		attempts   int
	}{
		{"ok", server.User, server.Port, server.Port, fleet.StatusOK, "", "oops\n", "", 1},
		{"jump host refuses", server.User, closedPort(t), server.Port, fleet.StatusRefused, fleet.PhaseConnect, "", "Connection refused", 1},
		{"jump host lets nobody in", "nobody-else", server.Port, server.Port, fleet.StatusAuth, fleet.PhaseConnect, "", "Permission denied", 1},
		{"jump host is busy", server.User, busy.Port, server.Port, fleet.StatusClosed, fleet.PhaseConnect, "", "onnection", 2},
		{"target refuses", server.User, server.Port, closedPort(t), fleet.StatusRefused, fleet.PhaseConnect, "", "Connection refused", 1},
	} {
		config := jumping(t, server, tt.user, tt.jump)
		o := newOpenSSH(t, OpenSSHConfig{Args: []string{"-F", config}, ConnectTimeout: time.Minute, Retries: 1, RetryBudget: 10})
		h := fleet.Host{Name: "target", User: server.User, Port: tt.port}
		r := o.Run(context.Background(), h, Command{Line: "echo oops >&2", MaxOutput: 100})
		if r.Status != tt.status || r.Phase != tt.phase || string(r.Stderr) != tt.errs || !strings.Contains(r.Err, tt.text) || r.Attempts != tt.attempts {
			t.Errorf("%s: %q, %+v", tt.name, r.Stderr, r)
		}
	}
}

// Where a master has a connection, it is used: sshd is called once, and a command fares alike.
func TestOpenSSHMaster(t *testing.T) {
	noLeak(t)
	server := sshdtest.Start(t, sshdtest.Options{})
	trusted := trusting(t, server)
	socket := filepath.Join(t.TempDir(), "s")
	args := append(trusted, "-F", "none", "-M", "-N", "-S", socket, "-l", server.User, "-p", strconv.Itoa(server.Port), server.Addr(0))
	master := exec.Command(tier.Needs(t, "ssh"), args...)
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	defer master.Wait()
	defer master.Process.Kill()
	for deadline := time.Now().Add(20 * time.Second); exec.Command("ssh", "-S", socket, "-O", "check", "x").Run() != nil; {
		if time.Now().After(deadline) {
			t.Fatalf("no master:\n%s", server.Log())
		}
	}
	cfg := OpenSSHConfig{Args: append(trusted, "-S", socket), ConnectTimeout: time.Minute, CommandTimeout: time.Minute}
	o := newOpenSSH(t, cfg)
	big := numbered(1 << 20)
	for _, tt := range []struct {
		line      string
		status    fleet.Status
		phase     fleet.Phase
		code      int
		out, errs string
	}{
		{"cat; echo oops >&2", fleet.StatusOK, "", 0, string(big), "oops\n"},
		{"exit 255", fleet.StatusExit, fleet.PhaseExec, 255, "", ""},
		{"yes", fleet.StatusOutput, fleet.PhaseOutput, 0, strings.Repeat("y\n", len(big)/2), ""},
		{"kill -TERM $$", fleet.StatusProtocol, fleet.PhaseSession, 0, "", ""}, // the master does not tell
	} {
		r := o.Run(context.Background(), realHost(t, server), Command{Line: tt.line, Stdin: big, MaxOutput: len(big)})
		if r.Status != tt.status || r.Phase != tt.phase || r.ExitCode != tt.code || string(r.Stdout) != tt.out || string(r.Stderr) != tt.errs {
			t.Errorf("%s: %s/%s %q, exit %d, %d bytes, %q", tt.line, r.Status, r.Phase, r.Err, r.ExitCode, len(r.Stdout), r.Stderr)
		}
	}
	cfg.CommandTimeout = testTimeout
	o = newOpenSSH(t, cfg)
	busy := Command{Line: "while [ -e " + writeTemp(t, "") + " ]; do sleep 0.1; done"} // as sshd lets it go on
	if r := o.Run(context.Background(), realHost(t, server), busy); r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseExec {
		t.Errorf("%+v", r)
	}
	if log := server.Log(); strings.Count(log, "Accepted publickey") != 1 {
		t.Errorf("more than one connection:\n%s", log)
	}
}

// What ssh starts ends with it, and so does what that starts, in a session of its own too.
func TestOpenSSHLeavesNothing(t *testing.T) {
	noLeak(t)
	if runtime.GOOS != "linux" {
		t.Skip("only Linux gives orphans to another than init")
	}
	file := filepath.Join(t.TempDir(), "pids")
	pids := func() []int {
		text, _ := os.ReadFile(file)
		var found []int
		for _, word := range strings.Fields(string(text)) {
			pid, _ := strconv.Atoi(word)
			found = append(found, pid)
		}
		return found
	}
	proxy := fmt.Sprintf("-oProxyCommand=setsid sleep 1000 & echo $! $$ >>%s; sleep 1000", file)
	o := newOpenSSH(t, OpenSSHConfig{Args: []string{proxy}, ConnectTimeout: testTimeout})
	run := func(ctx context.Context, status fleet.Status, phases ...fleet.Phase) {
		begin := time.Now()
		r := o.Run(ctx, fleet.Host{Name: "nowhere"}, Command{Line: "true"})
		if r.Status != status || !slices.Contains(phases, r.Phase) || time.Since(begin) > testTimeout+2*time.Second {
			t.Errorf("after %v: %+v", time.Since(begin), r)
		}
	}
	run(context.Background(), fleet.StatusTimeout, fleet.PhaseBanner)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for end := time.Now().Add(testTimeout / 2); len(pids()) < 4 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}()
	run(ctx, fleet.StatusCanceled, fleet.PhaseConnect, fleet.PhaseBanner) // the command runs a moment before ssh says so
	if len(pids()) != 4 {
		t.Errorf("started: %v", pids())
	}
	for _, pid := range pids() {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d lives", pid)
		}
	}
}

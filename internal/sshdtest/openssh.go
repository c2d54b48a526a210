package sshdtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/tier"
)

// maxListen is how many addresses one sshd listens on at most: MAX_LISTEN_SOCKS in its source.
const maxListen = 16

// Start starts OpenSSH's sshd, as many processes as its addresses need, and returns when all of them listen.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	s := newServer(t, opts)
	s.openssh(t, opts)
	return s
}

// openssh starts OpenSSH's sshd in the surroundings that the server has.
func (s *Server) openssh(t testing.TB, opts Options) {
	t.Helper()
	program := find(t, "sshd")
	if shutOut(s.User) {
		tier.Lacks(t, "sshd lets nobody in whose account has no shell: "+s.User)
	}
	if os.Getuid() == 0 {
		// Its privilege separation directory, which only a service manager makes.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// Of each option sshd takes the first line, of this one the last.
	config := bytes.NewBufferString("MaxStartups 1000:30:2000\n" + strings.Join(opts.Config, "\n") + "\n")
	s.hostKeys(t, config, opts)
	if len(opts.TrustedUserCAKeys) > 0 {
		file := filepath.Join(s.dir, "user_ca")
		writeFile(t, file, []byte(strings.Join(opts.TrustedUserCAKeys, "\n")+"\n"))
		fmt.Fprintf(config, "TrustedUserCAKeys %s\n", file)
	}
	if opts.Password != "" {
		s.account(t, opts.Password)
		config.WriteString("PermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\nUsePAM yes\n")
	}
	// Its shells are to read no startup files of whoever runs the tests, which cost much and may write anything.
	fmt.Fprintf(config, `Port %d
AuthorizedKeysFile %s
AllowUsers %s
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
SetEnv HOME=%s
UseDNS no
PidFile none
PrintMotd no
LogLevel VERBOSE
`, s.Port, filepath.Join(s.dir, ".ssh", "authorized_keys"), s.User, s.dir)
	for first := 0; first < s.addresses; first += maxListen {
		last := min(first+maxListen, s.addresses)
		lines := bytes.Clone(config.Bytes())
		for i := first; i < last; i++ {
			lines = fmt.Appendf(lines, "ListenAddress %s\n", s.Addr(i))
		}
		file := filepath.Join(s.dir, fmt.Sprintf("sshd_config.%d", first))
		writeFile(t, file, lines)
		s.run(t, last-first, "Server listening on ", program, "-D", "-e", "-f", file)
	}
}

// shutOut reports whether the machine's accounts have a user with a shell that is none.
func shutOut(user string) bool {
	accounts, _ := os.ReadFile("/etc/passwd")
	for line := range strings.Lines(string(accounts)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if fields[0] == user {
			shell := filepath.Base(fields[len(fields)-1])
			return shell == "nologin" || shell == "false"
		}
	}
	return false
}

package sshdtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"
)

// pam lets in by the password in the shadow file, and does not make a wrong one wait.
const pam = `auth required pam_unix.so nodelay
account required pam_unix.so
session required pam_permit.so
`

// mounts puts the files of directory $0 in the place of those in /etc, and executes its arguments.
const mounts = `for file in passwd shadow pam.d/sshd; do
	[ ! -e "/etc/$file" ] || mount --bind "$0/$file" "/etc/$file" || exit
done
exec "$@"
`

// account gives the user who runs the test a home of the server's own and a password, which may be empty: then no password
// is theirs. Only the server sees it, by files in a mount namespace of its own that stand before those of the machine.
func (s *Server) account(t testing.TB, password string) {
	t.Helper()
	tier.Needs(t, "unshare")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	secret := "*"
	if password != "" {
		if os.Getuid() != 0 {
			tier.Lacks(t, "only root checks passwords")
		}
		secret = crypt(t, password)
	}
	etc := filepath.Join(s.dir, "etc")
	own := fmt.Sprintf("%s:x:%s:%s::%s:/bin/sh\n", me.Username, me.Uid, me.Gid, s.dir)
	writeFile(t, filepath.Join(etc, "passwd"), append([]byte(own), others...)) // the first line of a name wins
	writeFile(t, filepath.Join(etc, "shadow"), fmt.Appendf(nil, "%s:%s:::::::\n", me.Username, secret))
	writeFile(t, filepath.Join(etc, "pam.d", "sshd"), []byte(pam))
	mount := []string{"unshare", "--mount", "sh", "-c", mounts, etc}
	if os.Getuid() != 0 { // who mounts is root in a user namespace, and then themselves again in another
		mount = slices.Insert(mount, 1, "--map-root-user")
		mount = append(mount, "unshare", "--map-user="+me.Uid, "--map-group="+me.Gid)
	}
	s.within = append(s.within, mount...)
	if out, err := s.command("true").CombinedOutput(); err != nil {
		tier.Lacks(t, fmt.Sprintf("no files of its own for a server: %v: %s", err, out))
	}
}

// crypt is what a shadow file holds of a password.
func crypt(t testing.TB, password string) string {
	t.Helper()
	cmd := exec.Command(tier.Needs(t, "perl"), "-e", `print crypt(<STDIN>, q{$6$salt$})`)
	cmd.Stdin = strings.NewReader(password)
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "$6$") {
		t.Fatalf("crypt: %v: %q", err, out)
	}
	return string(out)
}

package sshdtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"muster/internal/tier"
)

// maxDropbear is how many addresses one dropbear listens on at most: DROPBEAR_MAX_PORTS in its source.
const maxDropbear = 10

// StartDropbear starts dropbear, as many processes as its addresses need, and returns when all of them listen.
func StartDropbear(t testing.TB, opts Options) *Server {
	t.Helper()
	if opts.Authority != "" || len(opts.Principals)+len(opts.TrustedUserCAKeys)+len(opts.Config) > 0 || opts.Validity != "" {
		t.Fatal("sshdtest: dropbear has no certificates and no configuration")
	}
	program := find(t, "dropbear")
	s := newServer(t, opts)
	s.account(t, opts.Password) // it finds authorized_keys in the user's home only
	// In the foreground, its log to stderr, without the message of the day.
	args := []string{"-F", "-E", "-m", "-P", filepath.Join(s.dir, "pid")}
	if opts.Password == "" {
		args = append(args, "-s")
	}
	for _, file := range s.dropbearKeys(t, opts.HostKeys) {
		args = append(args, "-r", file)
	}
	for first := 0; first < s.addresses; first += maxDropbear {
		listen := args[:len(args):len(args)]
		for i := first; i < min(first+maxDropbear, s.addresses); i++ {
			listen = append(listen, "-p", s.Addr(i)+":"+strconv.Itoa(s.Port))
		}
		s.run(t, 1, "Not backgrounding", program, listen...) // it says so when it listens
	}
	return s
}

// dropbearKeys makes host keys in dropbear's form, and returns their files.
func (s *Server) dropbearKeys(t testing.TB, types []string) []string {
	t.Helper()
	program := tier.Needs(t, "dropbearkey")
	if len(types) == 0 {
		types = []string{"ed25519"}
	}
	var files []string
	for _, typ := range types {
		file := filepath.Join(s.dir, "host_"+typ)
		out, err := exec.Command(program, "-t", typ, "-f", file).CombinedOutput()
		if err != nil {
			t.Fatalf("dropbearkey: %v: %s", err, out)
		}
		// Among other lines there is one as in authorized_keys, which ends with who made it.
		for line := range strings.Lines(string(out)) {
			if words := strings.Fields(line); len(words) == 3 && strings.HasPrefix(words[1], "AAAA") {
				s.HostKeys = append(s.HostKeys, fmt.Sprintf("%s %s", words[0], words[1]))
				files = append(files, file)
			}
		}
	}
	return files
}

package sshdtest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// newKey writes a new private key in OpenSSH's form to file, and returns its public line.
func newKey(t testing.TB, file string) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, file, pem.EncodeToMemory(block))
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return ssh.MarshalAuthorizedKey(key)
}

// hostKeys makes host keys, and certificates if there is an authority, and has the configuration name them.
func (s *Server) hostKeys(t testing.TB, config *bytes.Buffer, opts Options) {
	t.Helper()
	types := opts.HostKeys
	if len(types) == 0 {
		types = []string{"ed25519"}
	}
	for _, typ := range types {
		file := filepath.Join(s.dir, "host_"+typ)
		keygen(t, "-q", "-t", typ, "-N", "", "-C", "", "-f", file)
		public, err := os.ReadFile(file + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		s.HostKeys = append(s.HostKeys, strings.TrimSpace(string(public)))
		fmt.Fprintf(config, "HostKey %s\n", file)
		if opts.Authority != "" {
			args := []string{"-q", "-s", opts.Authority, "-h", "-I", "test"}
			if len(opts.Principals) > 0 {
				args = append(args, "-n", strings.Join(opts.Principals, ","))
			}
			if opts.Validity != "" {
				args = append(args, "-V", opts.Validity)
			}
			keygen(t, append(args, file+".pub")...)
			fmt.Fprintf(config, "HostCertificate %s-cert.pub\n", file)
		}
	}
}

func keygen(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

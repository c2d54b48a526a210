package sshdtest

import (
	"net"
	"os"
	"strconv"
	"testing"

	"muster/internal/tier"

	"golang.org/x/crypto/ssh"
)

// Passwords are let in that are right, by each way the server has, and no file of the machine knows of them.
func TestPassword(t *testing.T) {
	before := passwd(t)
	const secret = "right and long"
	servers := map[string]*Server{
		"sshd":     Start(t, Options{Password: secret}),
		"dropbear": StartDropbear(t, Options{Password: secret}),
	}
	for name, s := range servers {
		for _, given := range []string{secret, "wrong"} {
			ways := map[string]ssh.AuthMethod{"password": ssh.Password(given)}
			if name == "sshd" {
				ways["keyboard-interactive"] = ssh.KeyboardInteractive(func(_, _ string, questions []string, echos []bool) ([]string, error) {
					if len(questions) == 0 {
						return nil, nil
					}
					if len(questions) != 1 || echos[0] {
						t.Errorf("asked %q, echo %v", questions, echos)
					}
					return []string{given}, nil
				})
			}
			for way, method := range ways {
				if err := dial(t, s, method); (err == nil) != (given == secret) {
					t.Errorf("%s, %s %q: %v", name, way, given, err)
				}
			}
		}
	}
	if passwd(t) != before {
		t.Error("the files of the machine have changed")
	}
}

// dial logs in once, and knows the server by its key.
func dial(t *testing.T, s *Server, method ssh.AuthMethod) error {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.HostKeys[0]))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", net.JoinHostPort(s.Addr(0), strconv.Itoa(s.Port)), &ssh.ClientConfig{
		User: s.User, Auth: []ssh.AuthMethod{method}, HostKeyCallback: ssh.FixedHostKey(key),
		HostKeyAlgorithms: []string{key.Type()}, // dropbear offers RSA even without such a key, and fails when asked for it
	})
	if err == nil {
		client.Close()
	}
	return err
}

func passwd(t *testing.T) string {
	t.Helper()
	var text []byte
	for _, file := range []string{"/etc/passwd", "/etc/shadow", "/etc/pam.d/sshd"} {
		data, err := os.ReadFile(file)
		if err != nil {
			tier.Lacks(t, err.Error())
		}
		text = append(text, data...)
	}
	return string(text)
}

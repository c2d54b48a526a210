package remote

import (
	"context"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// realHost is the i-th address of a real sshd, with its host keys as pins.
func realHost(t *testing.T, s *sshdtest.Server, i int) fleet.Host {
	t.Helper()
	h := fleet.Host{Num: i + 1, Name: s.Addr(i), Port: s.Port, User: s.User}
	for _, line := range s.HostKeys {
		blob, err := base64.StdEncoding.DecodeString(strings.Fields(line)[1])
		if err != nil {
			t.Fatal(err)
		}
		h.Pins = append(h.Pins, blob)
	}
	return h
}

func identity(t *testing.T, s *sshdtest.Server) fleet.Secret {
	t.Helper()
	key, err := os.ReadFile(s.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestOpenSSH(t *testing.T) {
	s := sshdtest.Start(t, sshdtest.Options{HostKeys: []string{"ed25519", "ecdsa"}})
	conn, err := NewSSH(Config{Keys: []fleet.Secret{identity(t, s)}, ConnectTimeout: 10 * time.Second, CommandTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := conn.Run(context.Background(), realHost(t, s, 0), Command{Line: "echo hello; echo oops >&2", MaxOutput: 1 << 16})
	if r.Status != fleet.StatusOK || string(r.Stdout) != "hello\n" || string(r.Stderr) != "oops\n" {
		t.Errorf("%+v", r)
	}
	t.Logf("%+v", r)
}

package remote

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// realHost is the first address of a real sshd, with its host keys of some types as pins.
func realHost(t *testing.T, s *sshdtest.Server, types ...string) fleet.Host {
	t.Helper()
	h := fleet.Host{Num: 1, Name: s.Addr(0), Port: s.Port, User: s.User}
	var pins []fleet.Key
	for _, line := range s.HostKeys {
		for _, typ := range types {
			if strings.Contains(line, typ) {
				pins = append(pins, decodeKey(t, line))
			}
		}
	}
	return pinned(h, pins)
}

func decodeKey(t *testing.T, line string) fleet.Key {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	return key
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
	server := sshdtest.Start(t, sshdtest.Options{})
	s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	for _, tt := range []struct {
		name, pinned, line string
		status             fleet.Status
		out                string
	}{
		{"both streams", "ed25519", "echo hello; echo oops >&2", fleet.StatusOK, "hello\n"},
		{"stdin ends, no terminal", "ed25519", "cat; tty", fleet.StatusExit, "not a tty\n"},
		{"exit status", "ed25519", "echo half; exit 7", fleet.StatusExit, "half\n"},
		{"signal", "ed25519", "kill -TERM $$", fleet.StatusExit, ""},
		{"too much", "ed25519", "yes", fleet.StatusOutput, strings.Repeat("y\n", 5000)},
		{"host key not known", "", "echo hello", fleet.StatusHostKey, ""},
	} {
		r := s.Run(context.Background(), realHost(t, server, strings.Fields(tt.pinned)...), Command{Line: tt.line, MaxOutput: 10_000})
		if r.Status != tt.status || string(r.Stdout) != tt.out {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

// A host has two keys of different types, and one of them is known: it is asked for that one, whichever it is, at once
// where it is pinned and on a second connection where the verdict says so.
func TestF36OneTypeKnown(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{HostKeys: []string{"ed25519", "ecdsa"}})
	s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	for _, pinned := range []string{"ed25519", "ecdsa"} {
		if r := s.Run(context.Background(), realHost(t, server, pinned), Command{Line: "true"}); r.Status != fleet.StatusOK {
			t.Errorf("%s: %+v", pinned, r)
		}
	}
	known := decodeKey(t, server.HostKeys[1])
	asking := newSSH(t, Config{
		Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute,
		Ask: func(_ context.Context, q fleet.HostKey) (fleet.Verdict, error) {
			if bytes.Equal(q.Key, known) {
				return fleet.Verdict{Decision: fleet.Accept}, nil
			}
			return fleet.Verdict{Decision: fleet.Redial, Keys: []fleet.Key{known}}, nil
		},
	})
	if r := asking.Run(context.Background(), realHost(t, server), Command{Line: "true"}); r.Status != fleet.StatusOK || r.Attempts != 1 {
		t.Errorf("redial: %+v", r)
	}
}

// TestOpenSSHAuth logs in with a key that sshd does not know, and with an agent that has more keys than it allows.
func TestOpenSSHAuth(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{})
	ring, _ := keyring(t, 7)
	socket, _ := serveAgent(t, func(c net.Conn) { sshagent.ServeAgent(ring, c) })
	_, stranger := newKey(t)
	for _, tt := range []struct {
		name   string
		keys   []fleet.Secret
		status fleet.Status
	}{
		{"F14 a file before seven keys of the agent", []fleet.Secret{identity(t, server)}, fleet.StatusOK},
		{"F13 wrong key", []fleet.Secret{stranger}, fleet.StatusAuth},
		{"F14 seven wrong keys", nil, fleet.StatusAuth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSSH(t, Config{Identities: identities(tt.keys...), Logins: logins(socket, len(tt.keys)), ConnectTimeout: time.Minute, Retries: 3, RetryBudget: 3})
			r := s.Run(context.Background(), realHost(t, server, "ed25519"), Command{Line: "true"})
			if r.Status != tt.status || r.Attempts != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A real sshd that takes few connections at a time lets all of them through, after a while.
func TestOpenSSHBusy(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{Config: []string{"MaxStartups 2:100:2"}})
	s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, Retries: 20, RetryBudget: 100})
	h := realHost(t, server, "ed25519")
	var visits sync.WaitGroup
	for range 8 {
		visits.Go(func() {
			if r := s.Run(context.Background(), h, Command{Line: "true"}); r.Status != fleet.StatusOK {
				t.Errorf("%+v", r)
			}
		})
	}
	visits.Wait()
}

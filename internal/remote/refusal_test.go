package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
)

var errRefused = errors.New("refused")

// asks is a host that asks as it is told to, and counts the passwords that it is given.
func asks(given *atomic.Int32, challenge func(ssh.KeyboardInteractiveChallenge) error) fakeHost {
	return fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth, c.MaxAuthTries = false, 1000
		c.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			return nil, challenge(func(name, instruction string, questions []string, echos []bool) ([]string, error) {
				answers, err := ask(name, instruction, questions, echos)
				for _, answer := range answers {
					if answer == password {
						given.Add(1)
					}
				}
				return answers, err
			})
		}
		c.PasswordCallback = func(_ ssh.ConnMetadata, got []byte) (*ssh.Permissions, error) {
			if string(got) == password {
				given.Add(1)
			}
			return nil, errRefused
		}
	}}
}

// A host that asks for more than a password, and on and on, ends at authentication. It learns the password once, and what it asks
// is not repeated.
func TestF16Questions(t *testing.T) {
	noLeak(t)
	const question = "hunt3r?"
	endless := func(questions []string, echos []bool) func(ssh.KeyboardInteractiveChallenge) error {
		return func(ask ssh.KeyboardInteractiveChallenge) error {
			for {
				if _, err := ask(question, question, questions, echos); err != nil {
					return err
				}
			}
		}
	}
	for _, tt := range []struct {
		name      string
		challenge func(ssh.KeyboardInteractiveChallenge) error
		given     int32
		text      string
	}{
		{"F16 one question again and again", endless([]string{question}, []bool{false}), 1, "the password was refused"},
		{"F16 no question again and again", endless(nil, nil), 0, "it asks again and again"},
		{"F16 a question that is shown", endless([]string{question}, []bool{true}), 0, "it asks what only a person can answer"},
		{"F16 two questions", endless([]string{question, question}, []bool{false, false}), 0, "it asks what only a person can answer"},
		{"F16 a hundred questions", endless(make([]string, 100), make([]bool, 100)), 0, "it asks what only a person can answer"},
		{"F16 a wrong password", func(ask ssh.KeyboardInteractiveChallenge) error {
			ask("", "", []string{question}, []bool{false})
			return errRefused
		}, 1, "the password was refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var given atomic.Int32
			h, connections := asks(&given, tt.challenge).serve(t)
			s := newSSH(t, Config{Password: fleet.Secret(password), ConnectTimeout: time.Minute, Retries: 3, RetryBudget: 3})
			r := s.Run(context.Background(), h, Command{Line: "x"})
			if r.Status != fleet.StatusAuth || r.Phase != fleet.PhaseAuth || !strings.Contains(r.Err, tt.text) || connections() != 1 {
				t.Errorf("%d connections: %+v", connections(), r)
			}
			if n := given.Load(); n != tt.given {
				t.Errorf("the password was given %d times, want %d", n, tt.given)
			}
			if all := fmt.Sprint(r); strings.Contains(all, question) || strings.Contains(all, password) {
				t.Errorf("what was asked, or the answer, stands in %q", all)
			}
		})
	}
}

// A factor that is accepted for ever is not given for ever.
func TestF16FactorsWithoutEnd(t *testing.T) {
	var given atomic.Int32
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
		var next ssh.ServerAuthCallbacks
		next.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			given.Add(1)
			return nil, &ssh.PartialSuccessError{Next: next}
		}
		c.NoClientAuth, c.PasswordCallback, c.MaxAuthTries = false, next.PasswordCallback, 1000
	}}.serve(t)
	s := newSSH(t, Config{Password: fleet.Secret(password), ConnectTimeout: time.Minute})
	if r := s.Run(context.Background(), h, Command{Line: "x"}); r.Status != fleet.StatusAuth || given.Load() > maxRounds {
		t.Errorf("given %d times: %+v", given.Load(), r)
	}
}

// No jump host gets the password.
func TestPasswordNotForJumpHosts(t *testing.T) {
	var given atomic.Int32
	h, _ := fakeHost{}.serve(t)
	jump, _ := asks(&given, func(ask ssh.KeyboardInteractiveChallenge) error {
		ask("", "", []string{"password?"}, []bool{false})
		return errRefused
	}).serve(t)
	jump.Label = "jump"
	s := newSSH(t, Config{Password: fleet.Secret(password), ConnectTimeout: time.Minute})
	r := s.Run(context.Background(), behind(h, jump), Command{Line: "x"})
	if r.Status != fleet.StatusAuth || r.Hop != "jump" || !strings.Contains(r.Err, "for no jump host") || given.Load() != 0 {
		t.Errorf("given %d times: %+v", given.Load(), r)
	}
}

// Where a host wants what we do not speak, the error says who does.
func TestMethodsNotSpoken(t *testing.T) {
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
		c.NoClientAuth = false
		c.GSSAPIWithMICConfig = &ssh.GSSAPIWithMICConfig{
			AllowLogin: func(ssh.ConnMetadata, string) (*ssh.Permissions, error) { return nil, errRefused },
			Server:     noGSSAPI{},
		}
	}}.serve(t)
	_, key := newKey(t)
	s := newSSH(t, Config{Identities: identities(key), Logins: logins("", 1), Password: fleet.Secret(password), ConnectTimeout: time.Minute})
	r := s.Run(context.Background(), h, Command{Line: "x"})
	if want := "the host wants gssapi-with-mic; none of it is spoken here (--transport openssh)"; r.Status != fleet.StatusAuth || r.Err != want {
		t.Errorf("%+v", r)
	}
}

type noGSSAPI struct{}

func (noGSSAPI) AcceptSecContext([]byte) ([]byte, string, bool, error) {
	return nil, "", false, errRefused
}
func (noGSSAPI) VerifyMIC([]byte, []byte) error { return errRefused }
func (noGSSAPI) DeleteSecContext() error        { return nil }

// Two keys may be wanted, one after the other: the second is none that was refused before, nor the first again.
func TestTwoKeys(t *testing.T) {
	first, second := newPair(t, "ed25519"), newPair(t, "ed25519")
	_, stranger := newKey(t)
	var offers atomic.Int32
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
		takes := func(key ssh.PublicKey, err error) func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
			return func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
				offers.Add(1)
				if same(offered, key) {
					return nil, err
				}
				return nil, errRefused
			}
		}
		c.NoClientAuth = false
		c.PublicKeyCallback = takes(first.public, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{PublicKeyCallback: takes(second.public, nil)}})
	}}.serve(t)
	s := newSSH(t, Config{Identities: identities(stranger, first.file, second.file), Logins: logins("", 3), ConnectTimeout: time.Minute})
	if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10}); r.Status != fleet.StatusOK || offers.Load() != 3 {
		t.Errorf("%d offers: %+v", offers.Load(), r)
	}
}

// A key that the agent does not sign with, because its owner said no, does not keep the others from being tried.
func TestAgentSaysNo(t *testing.T) {
	ring, keys := keyring(t, 3)
	socket := agentOf(t, refusing{ring, keys[1]})
	for _, tt := range []struct {
		takes  []ssh.PublicKey
		status fleet.Status
		text   string
	}{
		{keys[1:], fleet.StatusOK, ""},
		{keys[1:2], fleet.StatusAuth, "a key could not sign: ssh agent: "},
	} {
		h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
			c.NoClientAuth = false
			c.PublicKeyCallback = func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
				for _, key := range tt.takes {
					if same(offered, key) {
						return nil, nil
					}
				}
				return nil, errRefused
			}
		}}.serve(t)
		s := newSSH(t, Config{Logins: logins(socket, 0), ConnectTimeout: time.Minute})
		if r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10}); r.Status != tt.status || !strings.Contains(r.Err, tt.text) {
			t.Errorf("%+v", r)
		}
	}
}

// refusing is an agent that does not sign with one of its keys.
type refusing struct {
	sshagent.Agent
	key ssh.PublicKey
}

func (r refusing) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	if same(key, r.key) {
		return nil, errRefused
	}
	return r.Agent.Sign(key, data)
}

package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// fido is an agent with a FIDO key made of software, besides others. It signs as OpenSSH's PROTOCOL.u2f says, once touched.
type fido struct {
	sshagent.Agent
	public  ssh.PublicKey
	sign    func(digest []byte) []byte
	touched <-chan struct{} // closed once it is
}

const fidoApplication = "ssh:"

func newFIDO(t *testing.T, typ string, others sshagent.Agent) *fido {
	t.Helper()
	f := &fido{Agent: others}
	var blob []byte
	switch typ {
	case ssh.KeyAlgoSKED25519:
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		blob = ssh.Marshal(struct{ Type, Key, Application string }{typ, string(public), fidoApplication})
		f.sign = func(message []byte) []byte { return ed25519.Sign(private, message) }
	case ssh.KeyAlgoSKECDSA256:
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := private.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		blob = ssh.Marshal(struct{ Type, Curve, Point, Application string }{typ, "nistp256", string(point), fidoApplication})
		f.sign = func(message []byte) []byte {
			digest := sha256.Sum256(message)
			r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
			if err != nil {
				t.Error(err)
			}
			return ssh.Marshal(struct{ R, S *big.Int }{r, s})
		}
	}
	var err error
	if f.public, err = ssh.ParsePublicKey(blob); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fido) List() ([]*sshagent.Key, error) {
	keys, err := f.Agent.List()
	return append([]*sshagent.Key{{Format: f.public.Type(), Blob: f.public.Marshal()}}, keys...), err
}

func (f *fido) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	if !same(key, f.public) {
		return f.Agent.Sign(key, data)
	}
	if f.touched != nil {
		<-f.touched
	}
	application, digest := sha256.Sum256([]byte(fidoApplication)), sha256.Sum256(data)
	rest := []byte{1, 0, 0, 0, 7} // a person was there; the seventh signature
	message := append(append(application[:], rest...), digest[:]...)
	return &ssh.Signature{Format: f.public.Type(), Blob: f.sign(message), Rest: rest}, nil
}

// FIDO keys of both types open real servers, through the agent that has them.
func TestFIDO(t *testing.T) {
	for _, typ := range []string{ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256} {
		t.Run(typ, func(t *testing.T) {
			key := newFIDO(t, typ, sshagent.NewKeyring())
			opts := sshdtest.Options{AuthorizedKeys: []string{string(ssh.MarshalAuthorizedKey(key.public))}}
			s := newSSH(t, Config{Logins: logins(agentOf(t, key), 0), ConnectTimeout: time.Minute})
			for _, server := range []*sshdtest.Server{sshdtest.Start(t, opts), sshdtest.StartDropbear(t, opts)} {
				if r := s.Run(context.Background(), realHost(t, server, "ed25519"), Command{Line: "true"}); r.Status != fleet.StatusOK {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// A key that waits for its touch holds up no other key's signature, however long; hosts that want it have their own time, and
// those that come later are let in once it is touched.
func TestFIDOTouch(t *testing.T) {
	noLeak(t)
	ring, others := keyring(t, 1)
	touched := make(chan struct{})
	key := newFIDO(t, ssh.KeyAlgoSKED25519, ring)
	key.touched = touched
	socket := agentOf(t, key)
	server := func(public ssh.PublicKey) fleet.Host {
		h, _ := fakeHost{config: func(c *ssh.ServerConfig) {
			c.NoClientAuth = false
			c.PublicKeyCallback = func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
				if same(offered, public) {
					return nil, nil
				}
				return nil, errors.New("another key")
			}
		}}.serve(t)
		return h
	}
	s := newSSH(t, Config{Logins: append(logins(socket, 0), fleet.Login{Agent: socket, Offers: []int{fleet.AgentKeys}, ConnectTimeoutMS: 300}), ConnectTimeout: time.Minute})
	run := func(h fleet.Host) <-chan Result {
		result := make(chan Result, 1)
		go func() { result <- s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 10}) }()
		return result
	}
	patient, hasty := server(key.public), server(key.public)
	w := hasty.Way()
	w.Login = 1
	hasty = hasty.Along(w)
	waits := run(patient)
	if r := <-run(hasty); r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseAuth || !strings.Contains(r.Err, "touched") {
		t.Errorf("no time for a touch: %+v", r)
	}
	if r := <-run(server(others[0])); r.Status != fleet.StatusOK {
		t.Errorf("another key: %+v", r)
	}
	close(touched)
	if r := <-waits; r.Status != fleet.StatusOK {
		t.Errorf("touched: %+v", r)
	}
}

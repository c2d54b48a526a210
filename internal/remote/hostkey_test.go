package remote

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

func ecdsaKey(t *testing.T) ssh.Signer {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func blob(key ssh.Signer) fleet.Key { return key.PublicKey().Marshal() }

// certificateFor certifies a host's key, by an authority of its own.
func certificateFor(t *testing.T, key ssh.Signer) ssh.Signer {
	t.Helper()
	authority, _ := newKey(t)
	c := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	certified, err := ssh.NewCertSigner(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return certified
}

// The messages that a client sends in the clear (RFC 4253, 12; RFC 5656, 7.1). From msgNewKeys on it encrypts, and what it
// says about itself comes after that.
const (
	msgKexInit     = 20
	msgNewKeys     = 21
	msgKexECDHInit = 30
)

// wiretap keeps what a server hears, which may be looked at once that has ended.
type wiretap struct {
	net.Conn
	ended chan struct{}
	heard []byte
}

func (w *wiretap) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.heard = append(w.heard, p[:n]...)
	return n, err
}

// inClear lists the messages up to msgNewKeys.
func (w *wiretap) inClear() []byte {
	var messages []byte
	_, rest, _ := bytes.Cut(w.heard, []byte("\n")) // the version line
	for len(rest) > 5 && !bytes.Contains(messages, []byte{msgNewKeys}) {
		messages = append(messages, rest[5])
		rest = rest[min(len(rest), 4+int(binary.BigEndian.Uint32(rest))):]
	}
	return messages
}

// A host shows an ed25519 and an ECDSA key, either or both. One whose key is not accepted hears nothing but the exchange
// of keys: not who we are, and no key of ours.
func TestHostKeys(t *testing.T) {
	noLeak(t)
	ed, _ := newKey(t)
	ec := ecdsaKey(t)
	other, _ := newKey(t)
	certified := certificateFor(t, ed)
	answer := func(v fleet.Verdict) func(fleet.HostKey) (fleet.Verdict, error) {
		return func(fleet.HostKey) (fleet.Verdict, error) { return v, nil }
	}
	// sent sends the ed25519 key away for the ECDSA one, about which it answers v.
	sent := func(v fleet.Verdict) func(fleet.HostKey) (fleet.Verdict, error) {
		return func(q fleet.HostKey) (fleet.Verdict, error) {
			if bytes.Equal(q.Key, blob(ed)) || bytes.Equal(q.Key, blob(certified)) {
				return fleet.Verdict{Decision: fleet.Redial, Keys: []fleet.Key{blob(ec)}}, nil
			}
			return v, nil
		}
	}
	about := func(key ssh.Signer, v fleet.Verdict) func(fleet.HostKey) (fleet.Verdict, error) {
		return func(q fleet.HostKey) (fleet.Verdict, error) {
			if !bytes.Equal(q.Key, blob(key)) {
				t.Errorf("asked about another key")
			}
			return v, nil
		}
	}
	tests := []struct {
		name  string
		shows []ssh.Signer
		pins  []fleet.Key
		cert  bool                                       // it may have a certificate
		ask   func(fleet.HostKey) (fleet.Verdict, error) // nil: must not be asked
		ok    bool
		text  string
		conns int
	}{
		{name: "pinned", shows: []ssh.Signer{ed}, pins: []fleet.Key{blob(ed)}, ok: true, conns: 1},
		{name: "one of the pins", shows: []ssh.Signer{ed}, pins: []fleet.Key{blob(other), blob(ed)}, ok: true, conns: 1},
		{name: "F36 two keys, the first known", shows: []ssh.Signer{ed, ec}, pins: []fleet.Key{blob(ed)}, ok: true, conns: 1},
		{name: "F36 two keys, the second known", shows: []ssh.Signer{ed, ec}, pins: []fleet.Key{blob(ec)}, ok: true, conns: 1},
		{name: "accepted", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{Decision: fleet.Accept}), ok: true, conns: 1},
		{name: "F34 unknown", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{Decision: fleet.Unknown, Reason: "who is that"}), text: "who is that", conns: 1},
		{name: "F35 changed", shows: []ssh.Signer{ed}, pins: []fleet.Key{blob(other)}, ask: answer(fleet.Verdict{Decision: fleet.Changed}), text: "changed", conns: 1},
		{name: "F38 revoked", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{Decision: fleet.Revoked}), text: "revoked", conns: 1},
		{name: "no such decision", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{Decision: "Accept"}), text: "Accept", conns: 1},
		{name: "no decision", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{}), text: "host key", conns: 1},
		{name: "error", shows: []ssh.Signer{ed}, ask: func(fleet.HostKey) (fleet.Verdict, error) {
			return fleet.Verdict{Decision: fleet.Accept}, errors.New("line is dead")
		}, text: "line is dead", conns: 1},
		{name: "F36 redial", shows: []ssh.Signer{ed, ec}, ask: sent(fleet.Verdict{Decision: fleet.Accept}), ok: true, conns: 2},
		{name: "F38 redial to a revoked key", shows: []ssh.Signer{ed, ec}, ask: sent(fleet.Verdict{Decision: fleet.Revoked}), text: "revoked", conns: 2},
		{
			name: "F37 redial without end", shows: []ssh.Signer{ed}, ask: answer(fleet.Verdict{Decision: fleet.Redial, Keys: []fleet.Key{blob(ec)}, Reason: "not that one"}),
			text: "not that one", conns: 2,
		},
		{name: "F39 certificate", shows: []ssh.Signer{ed, certified}, pins: []fleet.Key{blob(ed)}, cert: true, ask: about(certified, fleet.Verdict{Decision: fleet.Accept}), ok: true, conns: 1},
		{
			name: "F39 bad certificate", shows: []ssh.Signer{certified}, cert: true, ask: about(certified, fleet.Verdict{Decision: fleet.Certificate, Reason: "has expired"}),
			text: "has expired", conns: 1,
		},
		{name: "F39 authority known, no certificate", shows: []ssh.Signer{ed}, pins: []fleet.Key{blob(ed)}, cert: true, ok: true, conns: 1},
		{name: "F39 redial for a key", shows: []ssh.Signer{ed, certified, ec}, cert: true, ask: sent(fleet.Verdict{Decision: fleet.Accept}), ok: true, conns: 2},
		{name: "F40 only the key known", shows: []ssh.Signer{ed, certified}, pins: []fleet.Key{blob(ed)}, ok: true, conns: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handle, _ := fakeHost{keys: tt.shows}.handler(t)
			taps := make(chan *wiretap, 2)
			h, conns := serve(t, func(c net.Conn) {
				tap := &wiretap{Conn: c, ended: make(chan struct{})}
				defer close(tap.ended)
				taps <- tap // in the order of the connections
				handle(tap)
			})
			h = h.Along(fleet.Way{Pins: tt.pins, Certified: tt.cert})
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: 5, RetryBudget: 5, Ask: func(_ context.Context, q fleet.HostKey) (fleet.Verdict, error) {
				if tt.ask == nil {
					t.Error("asked about a pinned key")
					return fleet.Verdict{}, nil
				}
				if q.Num != h.Num || !slices.Equal(q.Names, []string{h.KnownName()}) {
					t.Errorf("asked %+v", q)
				}
				return tt.ask(q)
			}})
			r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 100})
			switch {
			case tt.ok && r.Status != fleet.StatusOK:
				t.Errorf("%+v", r)
			case !tt.ok && (r.Status != fleet.StatusHostKey || r.Phase != fleet.PhaseKex || !strings.Contains(r.Err, tt.text)):
				t.Errorf("%s/%s %q, want %q", r.Status, r.Phase, r.Err, tt.text)
			}
			if r.Attempts != 1 || conns() != tt.conns {
				t.Errorf("%d attempts, %d connections, want 1, %d", r.Attempts, conns(), tt.conns)
			}
			for i := range conns() {
				want := []byte{msgKexInit, msgKexECDHInit}
				if tt.ok && i == tt.conns-1 {
					want = append(want, msgNewKeys)
				}
				tap := <-taps
				<-tap.ended
				if got := tap.inClear(); !bytes.Equal(got, want) {
					t.Errorf("connection %d: the host heard messages %d, want %d", i+1, got, want)
				}
			}
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	h, _ := fakeHost{}.serve(t)
	h = pinned(h, nil)
	r := newSSH(t, Config{}).Run(context.Background(), h, Command{Line: "x"})
	if r.Status != fleet.StatusHostKey || !strings.Contains(r.Err, "SHA256:") {
		t.Errorf("%+v", r)
	}
}

// TestSlowVerdict has the parent take longer than the host has time.
func TestSlowVerdict(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	h = pinned(h, nil)
	s := newSSH(t, Config{ConnectTimeout: testTimeout, Ask: func(ctx context.Context, _ fleet.HostKey) (fleet.Verdict, error) {
		<-ctx.Done()
		return fleet.Verdict{}, ctx.Err()
	}})
	r := s.Run(context.Background(), h, Command{Line: "x"})
	if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseKex {
		t.Errorf("%+v", r)
	}
}

// A host that exchanges keys again and again: its key is asked about once, so it cannot be noted twice.
func TestF44Rekey(t *testing.T) {
	noLeak(t)
	var asked atomic.Int32
	h, _ := fakeHost{config: func(c *ssh.ServerConfig) { c.RekeyThreshold = 300 }, session: sends(strings.Repeat("x", 5000), "exit-status", code(0)).session}.serve(t)
	h = pinned(h, nil)
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Ask: func(context.Context, fleet.HostKey) (fleet.Verdict, error) {
		asked.Add(1)
		return fleet.Verdict{Decision: fleet.Accept}, nil
	}})
	r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 5000})
	if r.Status != fleet.StatusOK || len(r.Stdout) != 5000 || asked.Load() != 1 {
		t.Errorf("asked %d times, %d bytes, %s/%s %s", asked.Load(), len(r.Stdout), r.Status, r.Phase, r.Err)
	}
}

// A host that shows another key, or another certificate for its key, when keys are exchanged anew is refused, whatever the
// verdict on that would be: nobody is asked about it, so nothing is noted.
func TestF44KeyChangesAtRekey(t *testing.T) {
	noLeak(t)
	first, _ := newKey(t)
	second, _ := newKey(t)
	for _, tt := range []struct {
		name          string
		first, second ssh.Signer // of one type: the second takes the place of the first
	}{
		{"key", first, second},
		{"certificate", certificateFor(t, first), certificateFor(t, first)},
		{"certified key", certificateFor(t, first), certificateFor(t, second)},
	} {
		t.Run("F44 "+tt.name, func(t *testing.T) {
			var server *ssh.ServerConfig
			h, _ := fakeHost{
				keys:   []ssh.Signer{tt.first},
				config: func(c *ssh.ServerConfig) { server, c.RekeyThreshold = c, 50_000 }, // more than there is before the session
				session: func(ch ssh.Channel, r *ssh.Request, _ *ssh.Conn) {
					server.AddHostKey(tt.second)
					r.Reply(true, nil)
					endless(ch)
				},
			}.serve(t)
			h = h.Along(fleet.Way{Certified: true})
			var asked atomic.Int32
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Ask: func(context.Context, fleet.HostKey) (fleet.Verdict, error) {
				asked.Add(1)
				return fleet.Verdict{Decision: fleet.Accept}, nil
			}})
			r := s.Run(context.Background(), h, Command{Line: "x", MaxOutput: 64 << 20})
			if r.Status != fleet.StatusHostKey || r.Phase != fleet.PhaseKex || !strings.Contains(r.Err, "another host key") || asked.Load() != 1 {
				t.Errorf("asked %d times, %s/%s %s", asked.Load(), r.Status, r.Phase, r.Err)
			}
		})
	}
}

// A host that shows a certificate, for which it was not asked, is refused.
func TestF39CertificateNotAskedFor(t *testing.T) {
	a, _ := newKey(t)
	cert := &ssh.Certificate{Key: a.PublicKey(), CertType: ssh.HostCert, SignatureKey: a.PublicKey()}
	s := newSSH(t, Config{Ask: func(context.Context, fleet.HostKey) (fleet.Verdict, error) {
		return fleet.Verdict{Decision: fleet.Accept}, nil
	}})
	if err := (&visit{ssh: s}).hostKeys(context.Background(), watch(nil)).check(cert); err == nil {
		t.Error("accepted")
	}
}

// What a host is asked for is what is known of it, and then what is best; of a user's list, no more than that allows.
func TestPreferring(t *testing.T) {
	const ed, ec, rsa = ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA384, ssh.KeyAlgoRSASHA512
	edCert, rsaCert := ed+certificateSuffix, rsa+certificateSuffix
	typed := func(name string) fleet.Key { return ssh.Marshal(struct{ Type string }{name}) }
	for _, tt := range []struct {
		name      string
		wanted    []string
		known     []fleet.Key
		certified bool
		first     []string // nothing follows after those of a user's list
	}{
		{name: "nothing known", first: hostKeyOrder},
		{name: "RSA", known: []fleet.Key{typed("ssh-rsa")}, first: []string{rsa, ssh.KeyAlgoRSASHA256, ed}},
		{name: "ECDSA", known: []fleet.Key{typed(ec), typed(ec)}, first: []string{ec, ed}},
		{name: "no keys", known: []fleet.Key{typed("ssh-dss"), nil, {0, 0, 0, 9, 1}, {255, 255, 255, 255}}, first: hostKeyOrder},
		{name: "authority", known: []fleet.Key{typed(ec)}, certified: true, first: []string{edCert, ssh.CertAlgoECDSA256v01}},
		{name: "list", wanted: []string{rsa, ed, ec}, first: []string{rsa, ed, ec}},
		{name: "list, known", wanted: []string{rsa, ed, ec}, known: []fleet.Key{typed(ec), typed(ed)}, first: []string{ed, ec, rsa}},
		{name: "list, others known", wanted: []string{ed}, known: []fleet.Key{typed("ssh-rsa")}, first: []string{ed}},
		{name: "list without certificates", wanted: []string{ec, ed}, certified: true, first: []string{ec, ed}},
		{name: "list with certificates", wanted: []string{ed, rsaCert, edCert}, certified: true, first: []string{rsaCert, edCert, ed}},
		{name: "list with certificates, no authority", wanted: []string{ed, rsaCert, edCert}, first: []string{ed}},
		{name: "list of what is old", wanted: []string{"ssh-rsa", "no-such"}, first: []string{"ssh-rsa"}},
		{name: "list of what is not known", wanted: []string{"no-such"}, first: []string{}},
	} {
		got := (&login{hostKeys: hostKeyAlgorithms(tt.wanted)}).algorithmsFor(tt.known, tt.certified)
		if got == nil || len(got) < len(tt.first) || !slices.Equal(got[:len(tt.first)], tt.first) || tt.wanted != nil && len(got) > len(tt.first) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.first)
		}
		safe := ssh.SupportedAlgorithms().HostKeys
		for _, name := range got {
			if !tt.certified && strings.Contains(name, "-cert-") || tt.wanted == nil && !slices.Contains(safe, name) {
				t.Errorf("%s: asks for %s", tt.name, name)
			}
		}
	}
}

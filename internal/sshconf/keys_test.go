package sshconf

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
	"muster/internal/tier"
)

// desk is a home with keys in it, an agent that holds some, and a person who knows passphrases.
type desk struct {
	t       *testing.T
	home    string
	private map[string]crypto.Signer
	ring    sshagent.Agent
	asked   []string // prompts
	says    []string // to the prompts, in order; then there is no terminal
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, home: t.TempDir(), private: map[string]crypto.Signer{}, ring: sshagent.NewKeyring()}
	if err := os.Mkdir(filepath.Join(d.home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) file(name string) string { return filepath.Join(d.home, ".ssh", name) }

func (d *desk) write(name string, data []byte) {
	if err := os.WriteFile(d.file(name), data, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// key makes a key without a file.
func (d *desk) key(name string) crypto.Signer {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.private[name] = private
	return private
}

func (d *desk) plain(names ...string) {
	for _, name := range names {
		block, err := ssh.MarshalPrivateKey(d.key(name), "")
		if err != nil {
			d.t.Fatal(err)
		}
		d.write(name, pem.EncodeToMemory(block))
	}
}

// locked makes keys whose passphrase is "open " and their name, in OpenSSL's form: OpenSSH's costs time to open.
func (d *desk) locked(names ...string) {
	for _, name := range names {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			d.t.Fatal(err)
		}
		der, err := x509.MarshalECPrivateKey(private)
		if err != nil {
			d.t.Fatal(err)
		}
		d.private[name] = private
		d.write(name, oldPEM(d.t, "EC PRIVATE KEY", der, "open "+name))
		d.write(name+".pub", ssh.MarshalAuthorizedKey(d.public(name)))
	}
}

// costly makes such a key in OpenSSH's form.
func (d *desk) costly(name string) {
	block, err := ssh.MarshalPrivateKeyWithPassphrase(d.key(name), "", []byte("open "+name))
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(name, pem.EncodeToMemory(block))
}

func (d *desk) hold(names ...string) {
	for _, name := range names {
		if d.private[name] == nil {
			d.key(name)
		}
		if err := d.ring.Add(sshagent.AddedKey{PrivateKey: d.private[name]}); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) public(name string) ssh.PublicKey { return publicKey(d.t, d.private[name].Public()) }

// certify writes a certificate of a key.
func (d *desk) certify(file, name string, change func(*ssh.Certificate)) {
	authority, err := ssh.NewSignerFromKey(d.key("authority"))
	if err != nil {
		d.t.Fatal(err)
	}
	c := &ssh.Certificate{Key: d.public(name), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		d.t.Fatal(err)
	}
	d.write(file, ssh.MarshalAuthorizedKey(c))
}

func (d *desk) ask(prompt string, try func(fleet.Secret) error) error {
	d.asked = append(d.asked, prompt)
	if len(d.says) == 0 {
		return fmt.Errorf("%w: no terminal", ErrLocked)
	}
	said := d.says[0]
	d.says = d.says[1:]
	return try(fleet.Secret(said))
}

func (d *desk) agent() string {
	return agentAt(d.t, func(c net.Conn) { sshagent.ServeAgent(d.ring, c) })
}

// shown are identities, by name: "cert " before those with a certificate, "agent " before those that an agent signs with,
// "agent" for its others.
func (d *desk) shown(ids []fleet.Identity) (names []string) {
	for _, id := range ids {
		name, public := "", id.Public
		if id.Certificate != nil {
			name = "cert "
		}
		switch {
		case id.Private != nil:
			signer, err := ssh.ParsePrivateKey(id.Private)
			if err != nil {
				d.t.Fatal(err)
			}
			public = signer.PublicKey().Marshal()
		case public == nil:
			names = append(names, "agent")
			continue
		default:
			name += "agent "
		}
		for file := range d.private {
			if bytes.Equal(d.public(file).Marshal(), public) {
				name += file
			}
		}
		names = append(names, name)
	}
	return names
}

// What a login offers, and in which order, whatever files it names.
func TestOffers(t *testing.T) {
	const ed, ec, rsa = "id_ed25519", "id_ecdsa", "id_rsa"
	for _, tt := range []struct {
		name string
		made func(*desk)
		want func(*desk) Want
		says []string
		got  string // with commas
		note string // part of the one there is; "": none
		fail string
		asks int
	}{
		{name: "nothing", got: "agent"},
		{name: "usual files come after the agent's", made: func(d *desk) { d.plain(ed, rsa); d.hold("x") }, got: "agent,id_ed25519,id_rsa"},
		{name: "but for those that it holds", made: func(d *desk) { d.plain(ed, rsa); d.hold("x", rsa) }, got: "agent id_rsa,agent,id_ed25519"},
		{name: "only usual files", made: func(d *desk) { d.plain(ed, rsa); d.hold("x", rsa) }, want: only, got: "agent id_rsa,id_ed25519"},
		{name: "F14 named files come before the agent's", made: func(d *desk) { d.plain("a", "b"); d.hold("x") }, want: names("b", "a"), got: "b,a,agent"},
		{name: "F14 in their order, whoever has them", made: func(d *desk) { d.plain("a"); d.locked("b"); d.hold("x", "b") }, want: names("b", "a"), got: "agent b,a,agent"},
		{name: "files of the configuration that are not there", made: func(d *desk) { d.plain("a") }, want: configured("a", "missing"), got: "a,agent"},
		{name: "files of the configuration that are no good", made: func(d *desk) { d.plain("a"); d.write("bad", nil) }, want: configured("bad", "a"), got: "a,agent", note: "bad: not a private key"},
		{name: "a public half", made: func(d *desk) { d.hold("a", "b"); d.write("b.pub", ssh.MarshalAuthorizedKey(d.public("b"))) }, want: names("b.pub"), got: "agent b,agent"},
		{name: "a public half beside nothing", made: func(d *desk) { d.hold("b"); d.write("b.pub", ssh.MarshalAuthorizedKey(d.public("b"))) }, want: names("b"), got: "agent b,agent"},
		{name: "a public half that nobody has the other of", made: func(d *desk) { d.key("b"); d.write("b.pub", ssh.MarshalAuthorizedKey(d.public("b"))) }, want: names("b.pub"), fail: "no agent holds the other"},
		{name: "certificates come first", made: func(d *desk) {
			d.plain("a", "b")
			d.hold("x")
			d.certify("b-cert.pub", "b", nil)
			d.certify("other", "x", nil)
		}, want: names("a", "b", "+other"), got: "cert agent x,cert b,a,b,agent"},
		{name: "certificate of a usual key", made: func(d *desk) { d.plain(ed); d.certify(ed+"-cert.pub", ed, nil) }, got: "cert id_ed25519,agent,id_ed25519"},
		{name: "certificate that is not there", made: func(d *desk) { d.plain("a") }, want: names("a", "+missing"), got: "a,agent"},
		{name: "certificate without a key", made: func(d *desk) { d.plain("a"); d.key("b"); d.certify("other", "b", nil) }, want: names("a", "+other"), got: "a,agent", note: "its key is neither in a file nor in an agent"},
		{name: "certificate of the past", made: func(d *desk) {
			d.plain("a")
			d.certify("a-cert.pub", "a", func(c *ssh.Certificate) { c.ValidBefore = 1e9 })
		}, want: names("a"), got: "a,agent", note: "a-cert.pub: it has expired, on 2001-09-09 01:46:40 UTC"},
		{name: "certificate of the future", made: func(d *desk) {
			d.plain("a")
			d.certify("a-cert.pub", "a", func(c *ssh.Certificate) { c.ValidAfter = 1e11 })
		}, want: names("a"), got: "a,agent", note: "it is not valid before 5138-11-16"},
		{name: "certificate of a host", made: func(d *desk) {
			d.plain("a")
			d.certify("a-cert.pub", "a", func(c *ssh.Certificate) { c.CertType = ssh.HostCert })
		}, want: names("a"), got: "a,agent", note: "it is not for users"},
		{name: "certificate that is none", made: func(d *desk) { d.plain("a"); d.write("a-cert.pub", ssh.MarshalAuthorizedKey(d.public("a"))) }, want: names("a"), got: "a,agent", note: "no certificate"},
		{name: "certificate that is garbage", made: func(d *desk) { d.plain("a"); d.write("a-cert.pub", []byte("garbage")) }, want: names("a"), got: "a,agent", note: "not a certificate"},

		{name: "locked", made: func(d *desk) { d.locked("a"); d.hold("x") }, want: names("a"), says: []string{"open a"}, got: "a,agent", asks: 1},
		{name: "locked by OpenSSH", made: func(d *desk) { d.costly("a"); d.hold("x") }, want: names("a"), says: []string{"open a"}, got: "a,agent", asks: 1},
		{name: "locked by OpenSSH, held", made: func(d *desk) { d.costly("a"); d.hold("x", "a") }, want: names("a"), got: "agent a,agent"},
		{name: "locked, in the configuration", made: func(d *desk) { d.locked("a") }, want: configured("a"), says: []string{"open a"}, got: "a,agent", asks: 1},
		{name: "locked, with a certificate", made: func(d *desk) { d.locked("a"); d.certify("a-cert.pub", "a", nil) }, want: names("a"), says: []string{"open a"}, got: "cert a,a,agent", asks: 1},
		{name: "locked, nobody to ask", made: func(d *desk) { d.locked("a") }, want: names("a"), fail: "no agent holds it: no terminal", asks: 1},
		{name: "locked, in the configuration, nobody to ask", made: func(d *desk) { d.locked("a"); d.plain("b") }, want: configured("a", "b"), got: "b,agent", note: "no terminal", asks: 1},
		{name: "locked, and not the passphrase", made: func(d *desk) { d.locked("a") }, want: names("a"), says: []string{"wrong"}, fail: "not its passphrase", asks: 1},
		{name: "usual and locked, the only one", made: func(d *desk) { d.locked(ed) }, says: []string{"open id_ed25519"}, got: "agent,id_ed25519", asks: 1},
		{name: "usual and locked, one is enough", made: func(d *desk) { d.locked(ed, ec) }, says: []string{"open id_ed25519"}, got: "agent,id_ed25519", note: "id_ecdsa: the key is encrypted", asks: 1},
		{name: "usual and locked, besides others", made: func(d *desk) { d.locked(ed); d.plain(rsa) }, got: "agent,id_rsa", note: "id_ed25519: the key is encrypted"},
		{name: "usual and locked, besides the agent's", made: func(d *desk) { d.locked(ed); d.hold("x") }, got: "agent", note: "id_ed25519: the key is encrypted"},
		{name: "usual and locked, held", made: func(d *desk) { d.locked(ed); d.hold(ed) }, got: "agent id_ed25519,agent"},
		{name: "usual and locked, nobody to ask", made: func(d *desk) { d.locked(ed) }, got: "agent", note: "no terminal", asks: 1},
		{name: "a thousand years of bcrypt", made: func(d *desk) { d.write("a", encryptedKey(d.t, 1<<31)) }, want: names("a"), fail: "more than 1024"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			if tt.made != nil {
				tt.made(d)
			}
			want := Want{}
			if tt.want != nil {
				want = tt.want(d)
			}
			want.Agent, d.says = d.agent(), tt.says
			keys := NewKeys(d.home, d.ask)
			for range 2 { // a second login has the same, and asks and says nothing any more
				offers, notes, err := keys.Offers(want)
				if got := strings.Join(d.shown(offered(keys, offers)), ","); got != tt.got {
					t.Errorf("%s, want %s", got, tt.got)
				}
				if (tt.fail == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.fail) {
					t.Errorf("%v", err)
				}
				if all := strings.Join(notes, "\n"); !strings.Contains(all, tt.note) || (tt.note == "") != (all == "") {
					t.Errorf("notes %q", all)
				}
				if len(d.asked) != tt.asks {
					t.Errorf("asked %q", d.asked)
				}
				tt.note = ""
			}
		})
	}
}

func only(*desk) Want { return Want{Only: true} }

// names are files asked for, and with a + certificates.
func names(files ...string) func(*desk) Want {
	return func(d *desk) Want {
		want := configured(files...)(d)
		want.Named = true
		return want
	}
}

func configured(files ...string) func(*desk) Want {
	return func(d *desk) (want Want) {
		for _, name := range files {
			if file, certificate := strings.CutPrefix(name, "+"); certificate {
				want.Certificates = append(want.Certificates, d.file(file))
			} else {
				want.Files = append(want.Files, d.file(name))
			}
		}
		return want
	}
}

// Keys that older tools encrypted tell nothing of themselves: the public half beside them does. The agent signs with one that it
// holds, and a passphrase opens another.
func TestOldForms(t *testing.T) {
	d := newDesk(t)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d.write("old", oldPEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private), "open"))
	d.write("old.pub", ssh.MarshalAuthorizedKey(publicKey(t, private.Public())))
	d.write("new", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("whatever")}))
	d.write("new.pub", ssh.MarshalAuthorizedKey(publicKey(t, private.Public())))

	d.says = []string{"open"}
	keys := NewKeys(d.home, d.ask)
	offers, _, err := keys.Offers(names("old")(d))
	if err != nil || len(offers) != 1 {
		t.Fatal(offers, err)
	}
	signer, err := ssh.ParsePrivateKey(keys.Identities()[0].Private)
	if err != nil || !bytes.Equal(signer.PublicKey().Marshal(), publicKey(t, private.Public()).Marshal()) {
		t.Errorf("another key, %v", err)
	}
	if _, _, err := keys.Offers(names("new")(d)); err == nil || !strings.Contains(err.Error(), "PKCS #8") {
		t.Error(err)
	}

	if err := d.ring.Add(sshagent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	want := configured("old", "new")(d)
	want.Agent = d.agent()
	keys = NewKeys(d.home, d.ask)
	offers, notes, err := keys.Offers(want)
	if ids := keys.Identities(); err != nil || len(notes) != 0 || len(offers) != 2 || len(ids) != 1 || ids[0].Private != nil {
		t.Errorf("offers %v, notes %q, %v", offers, notes, err)
	}
	if len(d.asked) != 1 {
		t.Errorf("asked %q", d.asked)
	}
}

// oldPEM is a private key as OpenSSL encrypts it: see RFC 1423, and its EVP_BytesToKey.
func oldPEM(t *testing.T, typ string, der []byte, passphrase string) []byte {
	t.Helper()
	iv := make([]byte, aes.BlockSize)
	key := md5.Sum(append([]byte(passphrase), iv[:8]...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	pad := aes.BlockSize - len(der)%aes.BlockSize
	der = append(der, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(der, der)
	headers := map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": fmt.Sprintf("AES-128-CBC,%X", iv)}
	return pem.EncodeToMemory(&pem.Block{Type: typ, Headers: headers, Bytes: der})
}

// Logins may have agents of their own, and share the keys that they have in common.
func TestManyLogins(t *testing.T) {
	d, other := newDesk(t), newDesk(t)
	d.locked("a")
	d.plain("b")
	d.hold("a")
	d.says = []string{"open a"}
	first, second := names("a", "b")(d), names("b", "a")(d)
	first.Agent, second.Agent = d.agent(), other.agent()
	keys := NewKeys(d.home, d.ask)
	for _, tt := range []struct {
		want Want
		got  []int
	}{{first, []int{0, 1, fleet.AgentKeys}}, {second, []int{1, 2, fleet.AgentKeys}}, {first, []int{2, 1, fleet.AgentKeys}}} {
		offers, _, err := keys.Offers(tt.want)
		if err != nil || !slices.Equal(offers, tt.got) {
			t.Errorf("%v, want %v, %v", offers, tt.got, err)
		}
	}
	if ids := d.shown(keys.Identities()); !slices.Equal(ids, []string{"agent a", "b", "a"}) || len(d.asked) != 1 {
		t.Errorf("%q, asked %q", ids, d.asked)
	}
}

// However many files there are, what is kept and said of them is bounded.
func TestFilesOfManyLogins(t *testing.T) {
	d := newDesk(t)
	d.plain("a")
	data, err := os.ReadFile(d.file("a"))
	if err != nil {
		t.Fatal(err)
	}
	keys := NewKeys(d.home, d.ask)
	var said []string
	for i := range maxRunFiles + 100 {
		name := fmt.Sprint("key", i)
		d.write(name, append(data, fmt.Sprint("\n# ", i)...)) // each is another text
		_, notes, err := keys.Offers(configured(name, "missing"+name)(d))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, notes...)
	}
	size := 0
	for _, id := range keys.Identities() {
		size += len(id.Private)
	}
	if len(said) != 2 || size > maxIdentityBytes || len(keys.files) > maxRunFiles {
		t.Errorf("%d files, %d bytes, notes %q", len(keys.files), size, said)
	}
}

// An agent that is slow is waited for, and one that fails is not taken for one without keys: it is said, once.
func TestF15AgentOfTheParent(t *testing.T) {
	d := newDesk(t)
	d.locked("a")
	d.hold("a")
	want := configured("a")(d)
	want.Agent = agentAt(t, func(c net.Conn) {
		time.Sleep(agentTimeout / 3)
		sshagent.ServeAgent(d.ring, c)
	})
	keys := NewKeys(d.home, d.ask)
	if _, notes, err := keys.Offers(want); err != nil || len(notes) != 0 || len(keys.Identities()) != 1 {
		t.Errorf("slow: notes %q, %v", notes, err)
	}
	want.Agent = agentAt(t, func(net.Conn) {})
	for _, said := range []int{2, 0} {
		_, notes, err := keys.Offers(want)
		if err != nil || len(notes) != said || said > 0 && !strings.HasPrefix(notes[0], "ssh agent: "+want.Agent) {
			t.Errorf("hangs up: notes %q, %v", notes, err)
		}
	}
}

// An agent that takes no more callers for a while is called again.
func TestBusyAgent(t *testing.T) {
	d := newDesk(t)
	d.hold("a")
	socket := filepath.Join(t.TempDir(), "agent")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: socket}), syscall.Listen(fd, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), socket)
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	var callers []net.Conn
	for busy := false; !busy; {
		conn, err := net.Dial("unix", socket)
		if busy = errors.Is(err, syscall.EAGAIN); err == nil {
			callers = append(callers, conn)
		} else if !busy {
			tier.Lacks(t, fmt.Sprintf("callers wait: %v", err))
		}
	}
	var served sync.WaitGroup
	served.Go(func() {
		time.Sleep(5 * busyPause) // as long as it is busy
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { sshagent.ServeAgent(d.ring, c) })
		}
	})
	keys := NewKeys(d.home, d.ask)
	if held := keys.held(socket); len(held) != 1 || len(keys.notes) != 0 {
		t.Errorf("%d keys, notes %q", len(held), keys.notes)
	}
	l.Close()
	for _, c := range callers {
		c.Close()
	}
	served.Wait()
}

// What ends the asking ends the loading.
func TestAskEnds(t *testing.T) {
	d := newDesk(t)
	d.locked("a")
	interrupted := errors.New("interrupted")
	keys := NewKeys(d.home, func(string, func(fleet.Secret) error) error { return interrupted })
	if _, _, err := keys.Offers(configured("a")(d)); !errors.Is(err, interrupted) {
		t.Error(err)
	}
}

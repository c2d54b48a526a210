package sshconf

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
)

// privateKey is a new private key in OpenSSH's form.
func privateKey(t testing.TB) []byte {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// encryptedKey looks like a private key that is encrypted under a passphrase, with so many rounds of bcrypt. See
// OpenSSH's PROTOCOL.key.
func encryptedKey(t testing.TB, rounds uint32) []byte {
	t.Helper()
	kdf := struct {
		Salt   []byte
		Rounds uint32
	}{make([]byte, 16), rounds}
	body := ssh.Marshal(struct {
		Cipher, KDF string
		Options     []byte
		Keys        uint32
		Public      []byte
		Private     []byte
	}{"aes256-ctr", "bcrypt", ssh.Marshal(kdf), 1, testKey(t).Marshal(), make([]byte, 160)})
	block := &pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), body...)}
	return pem.EncodeToMemory(block)
}

// A key file that was asked for and cannot be used is an error that names it, says why, and what to do about it. None
// keeps anybody waiting, whatever it is.
func TestF89KeyFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	good := file("good", 0o600, privateKey(t))
	for _, tt := range []struct {
		name, file, reason, hint string
	}{
		{"missing", filepath.Join(dir, "missing"), "no such file", ""},
		{"directory", dir, "not a regular file", ""},
		{"FIFO", fifo, "not a regular file", ""},
		{"device", "/dev/zero", "not a regular file", ""},
		{"readable by others", file("open", 0o644, privateKey(t)), "permissions 0644", "chmod 600"},
		{"encrypted", file("encrypted", 0o600, encryptedKey(t, 24)), "encrypted", "ssh-add"},
		{"2^31 rounds of bcrypt", file("rounds", 0o600, encryptedKey(t, 1<<31)), "encrypted", "ssh-add"},
		{"garbage", file("garbage", 0o600, []byte("garbage")), "not a private key", ".pub"},
		{"empty", file("empty", 0o600, nil), "not a private key", ""},
		{"of another use", file("x25519", 0o600, x25519Key(t)), "not a private key for SSH", "ed25519"},
		{"large", file("large", 0o600, bytes.Repeat([]byte("x"), maxIdentity+1)), "more than", ""},
		{"binary", file("binary", 0o600, bytes.Repeat([]byte{0, 0xff}, 100)), "not a private key", ""},
	} {
		t.Run("F89 "+tt.name, func(t *testing.T) {
			_, _, err := offers(dir, Want{Files: []string{good, tt.file}, Named: true})
			bad, ok := errors.AsType[*IdentityError](err)
			if !ok || bad.File != tt.file || !strings.Contains(bad.Reason, tt.reason) || !strings.Contains(bad.Hint(), tt.hint) {
				t.Errorf("%v, hint %q", err, bad.Hint())
			}
		})
	}
	ids, notes, err := offers(dir, Want{Files: []string{good, good, file("better", 0o600, privateKey(t)), good}, Named: true})
	if err != nil || len(ids) != 2 || len(notes) != 0 {
		t.Fatalf("%d keys, notes %q, %v", len(ids), notes, err)
	}
	if _, err := ssh.ParsePrivateKey(ids[0].Private); err != nil {
		t.Error(err)
	}
}

// offers are the identities that a login of its own has, in the order in which they are offered; the zero one stands for the
// agent's others.
func offers(home string, want Want) (all []fleet.Identity, notes []string, err error) {
	keys := NewKeys(home, nil)
	offers, notes, err := keys.Offers(want)
	return offered(keys, offers), notes, err
}

func offered(keys *Keys, offers []int) (all []fleet.Identity) {
	for _, i := range offers {
		if i == fleet.AgentKeys {
			all = append(all, fleet.Identity{})
		} else {
			all = append(all, keys.Identities()[i])
		}
	}
	return all
}

// x25519Key is a private key that is good for other things than SSH.
func x25519Key(t testing.TB) []byte {
	t.Helper()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// An RSA key of more than 8192 bits is as good as with ssh, and loads at once.
func TestF89LargeRSA(t *testing.T) {
	file := filepath.Join(t.TempDir(), "id_rsa")
	if err := os.WriteFile(file, rsaKey(t, mersenne(4253), mersenne(4423)), 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ids, _, err := offers("", Want{Files: []string{file}, Named: true})
	if took := time.Since(start); err != nil || len(ids) != 1 || took > 3*time.Second {
		t.Errorf("%d keys, %v, took %v", len(ids), err, took)
	}
}

// rsaKey is the private key of two primes, in the form that openssl gives it.
func rsaKey(t testing.TB, p, q *big.Int) []byte {
	t.Helper()
	const e = 65537
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: e},
		D:         new(big.Int).ModInverse(big.NewInt(e), phi),
		Primes:    []*big.Int{p, q},
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

// mersenne is 2^n - 1, which is a prime for n in 4253, 4423, 9941, 11213.
func mersenne(n uint) *big.Int {
	power := new(big.Int).Lsh(big.NewInt(1), n)
	return power.Sub(power, big.NewInt(1))
}

// FuzzIdentity reads arbitrary key files: each is a key that can be used, as it came, or an error that says why not, and
// takes no longer than anybody would wait.
func FuzzIdentity(f *testing.F) {
	good := privateKey(f)
	for _, seed := range [][]byte{
		nil, []byte("garbage"), good, good[:len(good)/2], append([]byte("a comment\n"), good...), bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		encryptedKey(f, 24), encryptedKey(f, 1<<31), x25519Key(f), bytes.Repeat([]byte{0, 0xff}, 100), bytes.Repeat([]byte("x"), maxIdentity+1),
		rsaKey(f, mersenne(4253), mersenne(4423)), rsaKey(f, mersenne(9941), mersenne(11213)),
		[]byte(text(testKey(f))), []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
	} {
		f.Add(seed)
	}
	file := filepath.Join(f.TempDir(), "id")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ids, _, err := offers("", Want{Files: []string{file}, Named: true})
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		if bad, ok := errors.AsType[*IdentityError](err); ok && bad.File == file && bad.Reason != "" && len(ids) == 0 {
			return
		}
		if err != nil || len(ids) != 1 || !bytes.Equal(ids[0].Private, data) {
			t.Fatalf("%d keys, %v", len(ids), err)
		}
		if _, err := ssh.ParsePrivateKey(ids[0].Private); err != nil {
			t.Error(err)
		}
	})
}

func TestManyIdentities(t *testing.T) {
	dir := t.TempDir()
	var small, big []string
	for i := range 6 {
		key := privateKey(t)
		small, big = append(small, filepath.Join(dir, fmt.Sprint("small", i))), append(big, filepath.Join(dir, fmt.Sprint("big", i)))
		large := append(slices.Clip(key), bytes.Repeat([]byte("\n"), maxIdentity-len(key))...)
		if err := errors.Join(os.WriteFile(small[i], key, 0o600), os.WriteFile(big[i], large, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		files      []string
		keys       int
		note, fail string
	}{
		{small[:5], 5, "", ""},
		{small, 5, "the first 5 of 6", ""},
		{append(small[:5:5], filepath.Join(dir, "missing")), 5, "the first 5 of 6", ""},
		{[]string{big[0], big[1], small[0]}, 3, "", ""},
		{[]string{small[0], big[0], big[1], big[2]}, 0, "", "more than 40960 bytes"},
	} {
		ids, notes, err := offers("", Want{Files: tt.files, Named: true})
		if len(ids) != tt.keys || !strings.Contains(strings.Join(notes, "\n"), tt.note) || (tt.note == "") != (len(notes) == 0) {
			t.Errorf("%q: %d keys, notes %q", tt.files, len(ids), notes)
		}
		if (tt.fail == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.fail) {
			t.Errorf("%q: %v", tt.files, err)
		}
	}
}

// A key that is encrypted is as good as any if the agent holds it, asked for or not; else, and where the agent is not
// there or does not answer, it is refused, and nobody waits.
func TestEncryptedIdentityInAgent(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, ".ssh", "id_ed25519")
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, pem.EncodeToMemory(locked), 0o600)); err != nil {
		t.Fatal(err)
	}
	empty, full := sshagent.NewKeyring(), sshagent.NewKeyring()
	if err := full.Add(sshagent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	serve := func(ring sshagent.Agent) func(net.Conn) { return func(c net.Conn) { sshagent.ServeAgent(ring, c) } }
	for _, tt := range []struct {
		name, socket string
		holds        bool
	}{
		{"holds it", agentAt(t, serve(full)), true},
		{"has no keys", agentAt(t, serve(empty)), false},
		{"does not answer", agentAt(t, func(c net.Conn) { io.Copy(io.Discard, c) }), false},
		{"is not there", filepath.Join(home, "none"), false},
		{"is none", "", false},
	} {
		t.Run("F89 agent "+tt.name, func(t *testing.T) {
			began := time.Now()
			keys := NewKeys(home, nil)
			usual, notes, _ := keys.Offers(Want{Only: true, Agent: tt.socket})
			asked, _, err := keys.Offers(Want{Files: []string{file}, Named: true, Only: true, Agent: tt.socket})
			if took := time.Since(began); took > agentTimeout+2*time.Second {
				t.Errorf("took %v", took)
			}
			if (err == nil) != tt.holds || (len(notes) == 0) != tt.holds {
				t.Errorf("%v, notes %q", err, notes)
			}
			for _, ids := range [][]fleet.Identity{offered(keys, asked), offered(keys, usual)} {
				if (len(ids) == 1) != tt.holds {
					t.Errorf("%d of the agent's keys", len(ids))
				} else if tt.holds && (ids[0].Private != nil || !bytes.Equal(ids[0].Public, publicKey(t, private.Public()).Marshal())) {
					t.Error("another key")
				}
			}
		})
	}
}

// agentAt serves a new socket, one connection at a time, as handle says.
func agentAt(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			handle(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-served
	})
	return socket
}

func TestDefaultIdentities(t *testing.T) {
	home := t.TempDir()
	ids, notes, err := offers(home, Want{})
	if err != nil || len(ids) != 0 || len(notes) != 0 {
		t.Errorf("an empty home: %d keys, notes %q, %v", len(ids), notes, err)
	}
	dir := filepath.Join(home, ".ssh")
	rsa, ed25519 := privateKey(t), privateKey(t)
	for name, data := range map[string][]byte{"id_rsa": rsa, "id_ed25519": ed25519, "id_ecdsa": encryptedKey(t, 24), "other": rsa} {
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name), data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	ids, notes, err = offers(home, Want{})
	if err != nil || len(ids) != 2 || !bytes.Equal(ids[0].Private, ed25519) || !bytes.Equal(ids[1].Private, rsa) {
		t.Errorf("%d keys, %v", len(ids), err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "id_ecdsa") || !strings.Contains(notes[0], "encrypted") {
		t.Errorf("notes %q", notes)
	}
	if ids, _, err = offers("", Want{}); err != nil || len(ids) != 0 {
		t.Errorf("no home: %d keys, %v", len(ids), err)
	}
}

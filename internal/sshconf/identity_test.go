package sshconf

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// privateKey is a new private key in OpenSSH's form.
func privateKey(t *testing.T) []byte {
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
func encryptedKey(t *testing.T, rounds uint32) []byte {
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
			_, _, err := LoadIdentities([]string{good, tt.file}, dir)
			bad, ok := errors.AsType[*IdentityError](err)
			if !ok || bad.File != tt.file || !strings.Contains(bad.Reason, tt.reason) || !strings.Contains(bad.Hint(), tt.hint) {
				t.Errorf("%v, hint %q", err, bad.Hint())
			}
		})
	}
	keys, notes, err := LoadIdentities([]string{good, good}, dir)
	if err != nil || len(keys) != 2 || len(notes) != 0 {
		t.Errorf("%d keys, notes %q, %v", len(keys), notes, err)
	}
	if _, err := ssh.ParsePrivateKey(keys[0]); err != nil {
		t.Error(err)
	}
}

// x25519Key is a private key that is good for other things than SSH.
func x25519Key(t *testing.T) []byte {
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

func TestManyIdentities(t *testing.T) {
	dir := t.TempDir()
	key := privateKey(t)
	large := append(slices.Clip(key), bytes.Repeat([]byte("\n"), maxIdentity-len(key))...)
	small, big := filepath.Join(dir, "small"), filepath.Join(dir, "big")
	if err := errors.Join(os.WriteFile(small, key, 0o600), os.WriteFile(big, large, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		files      []string
		keys       int
		note, fail string
	}{
		{slices.Repeat([]string{small}, 5), 5, "", ""},
		{slices.Repeat([]string{small}, 6), 5, "the first 5 of 6", ""},
		{append(slices.Repeat([]string{small}, 5), filepath.Join(dir, "missing")), 5, "the first 5 of 6", ""},
		{[]string{big, big, small}, 3, "", ""},
		{[]string{small, big, big, big}, 0, "", "more than 40960 bytes"},
	} {
		keys, notes, err := LoadIdentities(tt.files, "")
		if len(keys) != tt.keys || !strings.Contains(strings.Join(notes, "\n"), tt.note) || (tt.note == "") != (len(notes) == 0) {
			t.Errorf("%q: %d keys, notes %q", tt.files, len(keys), notes)
		}
		if (tt.fail == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.fail) {
			t.Errorf("%q: %v", tt.files, err)
		}
	}
}

func TestDefaultIdentities(t *testing.T) {
	home := t.TempDir()
	keys, notes, err := LoadIdentities(nil, home)
	if err != nil || len(keys) != 0 || len(notes) != 0 {
		t.Errorf("an empty home: %d keys, notes %q, %v", len(keys), notes, err)
	}
	dir := filepath.Join(home, ".ssh")
	rsa, ed25519 := privateKey(t), privateKey(t)
	for name, data := range map[string][]byte{"id_rsa": rsa, "id_ed25519": ed25519, "id_ecdsa": encryptedKey(t, 24), "other": rsa} {
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name), data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	keys, notes, err = LoadIdentities(nil, home)
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], ed25519) || !bytes.Equal(keys[1], rsa) {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "id_ecdsa") || !strings.Contains(notes[0], "encrypted") {
		t.Errorf("notes %q", notes)
	}
	if keys, _, err = LoadIdentities(nil, ""); err != nil || len(keys) != 0 {
		t.Errorf("no home: %d keys, %v", len(keys), err)
	}
}

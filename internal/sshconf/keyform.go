package sshconf

import (
	"bytes"
	"encoding/pem"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// form is what a private key's text tells without a passphrase.
type form struct {
	public  fleet.Key // nil: it does not tell
	kind    string    // the public half's type
	rounds  uint32    // of bcrypt that the passphrase goes through
	foreign bool      // encrypted in the manner of PKCS #8, which the SSH library does not know
}

// formOf reads what is not encrypted of OpenSSH's form of a private key; see its PROTOCOL.key.
func formOf(data []byte) (f form) {
	block, _ := pem.Decode(data)
	if block == nil {
		return f
	}
	f.foreign = block.Type == "ENCRYPTED PRIVATE KEY"
	body, is := bytes.CutPrefix(block.Bytes, []byte("openssh-key-v1\x00"))
	var outer struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
		Rest                 []byte `ssh:"rest"`
	}
	if !is || ssh.Unmarshal(body, &outer) != nil {
		return f
	}
	if public, err := ssh.ParsePublicKey(outer.Public); err == nil {
		f.public, f.kind = outer.Public, public.Type()
	}
	var bcrypt struct {
		Salt   string
		Rounds uint32
	}
	if outer.KDF == "bcrypt" && ssh.Unmarshal([]byte(outer.Options), &bcrypt) == nil {
		f.rounds = bcrypt.Rounds
	}
	return f
}

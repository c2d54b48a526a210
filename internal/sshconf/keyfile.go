package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// maxIdentity bounds a key file, bytes. An RSA key of 16384 bits takes 13,000.
const maxIdentity = 16 << 10

// keyFile is what a file has of a key.
type keyFile struct {
	file    string
	private fleet.Secret   // PEM, not encrypted; nil: it cannot be had, or not without a passphrase
	public  fleet.Key      // nil: not known
	locked  fleet.Secret   // PEM, encrypted; nil: no passphrase helps
	absent  bool           // there is no such file
	bad     *IdentityError // why there is no private half; nil where there is
}

// readKey reads a key file: a private key, or the public half of one that an agent holds.
func readKey(file string) *keyFile {
	k := &keyFile{file: file}
	data, mode, err := readRegular(file, maxIdentity)
	if err != nil {
		k.fail(why(err), "")
		if k.absent = errors.Is(err, fs.ErrNotExist); k.absent {
			k.public = besides(file)
		}
		return k
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		k.public = public.Marshal()
		k.fail("it is the public half, and no agent holds the other", "name the private key, or add it to your agent")
		return k
	}
	k.parse(data)
	if mode&0o077 != 0 {
		k.private, k.locked = nil, nil
		k.fail(fmt.Sprintf("permissions %04o are too open for a private key", mode), "chmod 600 "+quote(file))
	}
	return k
}

// parse finds out what a private key file's text is good for.
func (k *keyFile) parse(data []byte) {
	signer, err := ssh.ParsePrivateKey(data)
	if err == nil && signer.PublicKey().Type() == "ssh-dss" {
		k.fail("a DSA key, which servers refuse", "make another: ssh-keygen -t ed25519")
		return
	}
	if err == nil {
		k.private, k.public = data, signer.PublicKey().Marshal()
		return
	}
	form := formOf(data)
	if k.public = form.public; k.public == nil {
		k.public = besides(k.file)
	}
	add := "add it to your agent: ssh-add " + quote(k.file)
	_, encrypted := errors.AsType[*ssh.PassphraseMissingError](err)
	switch {
	case strings.HasPrefix(form.kind, "sk-"):
		k.fail("a FIDO key signs by an agent alone, and none holds it", add)
	case form.rounds > maxRounds:
		k.fail(fmt.Sprintf("the key is encrypted with %d rounds of bcrypt, more than %d, and no agent holds it", form.rounds, maxRounds), add)
	case encrypted:
		k.locked = data
		k.fail(ErrLocked.Error(), add)
	case form.foreign:
		k.fail("the key is encrypted in the manner of PKCS #8, and no agent holds it", add)
	default:
		k.fail("not a private key for SSH", "name an ed25519, ECDSA or RSA key, and not the half that ends in .pub")
	}
}

func (k *keyFile) fail(reason, advice string) {
	k.bad = &IdentityError{File: k.file, Reason: reason, Advice: advice}
}

// missing reports whether there is no such file, nor a public half beside it.
func (k *keyFile) missing() bool { return k.absent && k.public == nil }

// besides is the public half in the file that has it beside the private one; nil if there is none.
func besides(file string) fleet.Key {
	data, _, err := readRegular(file+".pub", maxIdentity)
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		return nil
	}
	return public.Marshal()
}

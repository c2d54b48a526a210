package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// IdentityError says why a private key file that was asked for cannot be used.
type IdentityError struct {
	File   string
	Reason string
	Advice string // what to do about it; may be empty
}

func (e *IdentityError) Error() string { return fmt.Sprintf("identity %s: %s", e.File, e.Reason) }

// Hint is what to do about it, or "".
func (e *IdentityError) Hint() string { return e.Advice }

// defaultIdentities are tried where none is asked for, in this order, below a home's .ssh.
var defaultIdentities = [...]string{"id_ed25519", "id_ecdsa", "id_rsa"}

// maxIdentity bounds a key file, bytes. An RSA key of 16384 bits takes 13,000.
const maxIdentity = 16 << 10

// LoadIdentities reads private keys and returns each as the PEM text it came in, never encrypted. Those asked for must be
// readable, else the error is an *IdentityError about the first that is not. Where none is asked for, those of the
// usual ones in home that can be used are taken; notes say which cannot, and why.
func LoadIdentities(explicit []string, home string) (keys []fleet.Secret, notes []string, err error) {
	for _, file := range explicit {
		key, bad := loadIdentity(file)
		if bad != nil {
			return nil, nil, bad
		}
		keys = append(keys, key)
	}
	if len(explicit) > 0 || home == "" {
		return keys, nil, nil
	}
	for _, name := range defaultIdentities {
		file := filepath.Join(home, ".ssh", name)
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		key, bad := loadIdentity(file)
		if bad != nil {
			notes = append(notes, bad.Error())
			continue
		}
		keys = append(keys, key)
	}
	return keys, notes, nil
}

func loadIdentity(file string) (fleet.Secret, *IdentityError) {
	bad := func(reason, advice string) (fleet.Secret, *IdentityError) {
		return nil, &IdentityError{File: file, Reason: reason, Advice: advice}
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bad("no such file", "")
	case err != nil:
		return bad(err.Error(), "")
	case !info.Mode().IsRegular():
		return bad("not a regular file", "")
	case info.Mode().Perm()&0o077 != 0:
		return bad(fmt.Sprintf("permissions %04o are too open for a private key", info.Mode().Perm()), "chmod 600 "+quote(file))
	}
	data, err := readBounded(file, maxIdentity)
	if err != nil {
		return bad(err.Error(), "")
	}
	_, err = ssh.ParseRawPrivateKey(data)
	if _, encrypted := errors.AsType[*ssh.PassphraseMissingError](err); encrypted {
		return bad("the key is encrypted", "add it to your agent: ssh-add "+quote(file))
	}
	if err != nil {
		return bad("not a private key", "name the private key, not the one that ends in .pub")
	}
	return data, nil
}

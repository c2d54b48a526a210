package sshconf

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// ErrLocked is in the error of an Ask where the key stays locked and that is all: nobody is there to be asked, nothing was
// said, or not the passphrase. Any other error ends the loading of keys.
var ErrLocked = errors.New("the key is encrypted, and no agent holds it")

// Ask asks a person for a passphrase, and has it tried, a few times if that says ErrLocked.
type Ask func(prompt string, try func(passphrase fleet.Secret) error) error

// maxRounds bounds the rounds of bcrypt that a passphrase is put through, some 10 ms each: ssh-keygen makes 16 to 24 of them,
// and a file may ask for years.
const maxRounds = 1024

// unlock asks for the key's passphrase, once for the whole run.
func (k *keyFile) unlock(ask Ask) error {
	locked := k.locked
	k.locked = nil
	err := ask(fmt.Sprintf("passphrase of %s: ", k.file), func(passphrase fleet.Secret) error { return k.open(locked, passphrase) })
	switch {
	case err == nil:
		k.bad = nil
	case errors.Is(err, ErrLocked):
		k.bad.Reason = err.Error()
		err = nil
	}
	return err
}

// open decrypts the key.
func (k *keyFile) open(locked, passphrase fleet.Secret) error {
	raw, err := ssh.ParseRawPrivateKeyWithPassphrase(locked, passphrase)
	switch {
	case errors.Is(err, x509.IncorrectPasswordError):
		return fmt.Errorf("%w: not its passphrase", ErrLocked)
	case err != nil:
		return fmt.Errorf("%w: it cannot be decrypted: %w", ErrLocked, err)
	}
	if pointer, ok := raw.(*ed25519.PrivateKey); ok {
		raw = *pointer
	}
	signer, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	block, err := ssh.MarshalPrivateKey(raw, "")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	k.private, k.public = pem.EncodeToMemory(block), signer.PublicKey().Marshal()
	return nil
}

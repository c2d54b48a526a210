package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"muster/internal/durable"
	"muster/internal/fleet"
)

// IdentityError says why a private key file that was asked for cannot be used.
type IdentityError struct {
	File   string
	Reason string
	Advice string // what to do about it; may be empty

	public ssh.PublicKey // of a key that is encrypted, where its file tells
}

func (e *IdentityError) Error() string { return fmt.Sprintf("identity %s: %s", e.File, e.Reason) }

// Hint is what to do about it, or "".
func (e *IdentityError) Hint() string { return e.Advice }

// defaultIdentities are tried where none is asked for, in this order, below a home's .ssh.
var defaultIdentities = [...]string{"id_ed25519", "id_ecdsa", "id_rsa"}

const (
	// maxIdentity bounds a key file, bytes. An RSA key of 16384 bits takes 13,000.
	maxIdentity = 16 << 10
	// maxIdentityBytes bounds all key files together: they go to a worker in one frame, in base64.
	maxIdentityBytes = 40 << 10
	// maxIdentities is how many keys a host is ever offered: sshd hangs up after six.
	maxIdentities = 5
)

// Identities are the keys that hosts are offered.
type Identities struct {
	Keys      []fleet.Secret // private keys, each the PEM text that it came in, not encrypted
	AgentKeys []fleet.Key    // public halves of those that are encrypted and that the agent holds
}

// LoadIdentities reads private keys, at most five, of 40 KiB together. One that is encrypted can be used if the agent, at
// the given socket, holds it. Of those asked for, the first five must be usable, else the error is an *IdentityError about
// the first that is not; a note says that there are more. Where none is asked for, those of the usual ones in home that can
// be used are taken; notes say which cannot, and why.
func LoadIdentities(explicit []string, home, agent string) (ids Identities, notes []string, err error) {
	if len(explicit) > maxIdentities {
		notes = append(notes, fmt.Sprintf("identities: the first %d of %d are used, for hosts hang up after more",
			maxIdentities, len(explicit)))
		explicit = explicit[:maxIdentities]
	}
	size := 0
	held := agentHolds(agent)
	load := func(file string) *IdentityError {
		key, bad := loadIdentity(file)
		var public fleet.Key
		if bad != nil && bad.public != nil && held(bad.public) {
			public, bad = bad.public.Marshal(), nil
		}
		if bad != nil {
			return bad
		}
		if size+len(key)+len(public) > maxIdentityBytes {
			reason := fmt.Sprintf("with the keys before it, more than %d bytes", maxIdentityBytes)
			return &IdentityError{File: file, Reason: reason, Advice: "name fewer keys, or add them to your agent"}
		}
		size += len(key) + len(public)
		if public != nil {
			ids.AgentKeys = append(ids.AgentKeys, public)
		} else {
			ids.Keys = append(ids.Keys, key)
		}
		return nil
	}
	for _, file := range explicit {
		if bad := load(file); bad != nil {
			return Identities{}, nil, bad
		}
	}
	if len(explicit) > 0 || home == "" {
		return ids, notes, nil
	}
	for _, name := range defaultIdentities {
		file := filepath.Join(home, ".ssh", name)
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if bad := load(file); bad != nil {
			notes = append(notes, bad.Error())
		}
	}
	return ids, notes, nil
}

func loadIdentity(file string) (fleet.Secret, *IdentityError) {
	bad := func(reason, advice string) (fleet.Secret, *IdentityError) {
		return nil, &IdentityError{File: file, Reason: reason, Advice: advice}
	}
	f, err := durable.OpenRegular(file)
	if err != nil {
		return bad(why(err), "")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bad(why(err), "")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return bad(fmt.Sprintf("permissions %04o are too open for a private key", mode), "chmod 600 "+quote(file))
	}
	data, err := readBounded(f, maxIdentity)
	if err != nil {
		return bad(why(err), "")
	}
	_, err = ssh.ParsePrivateKey(data)
	if encrypted, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		reason := "the key is encrypted, and no agent holds it"
		return nil, &IdentityError{File: file, Reason: reason, Advice: "add it to your agent: ssh-add " + quote(file), public: encrypted.PublicKey}
	}
	if err != nil {
		return bad("not a private key for SSH", "name an ed25519, ECDSA or RSA key, and not the half that ends in .pub")
	}
	return data, nil
}

// why is an error's text without the file, which an IdentityError names.
func why(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return err.Error()
}

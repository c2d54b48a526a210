package sshconf

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"muster/internal/fleet"
)

// usual are the key files that are offered where none is named, in this order, below a home's .ssh.
var usual = [...]string{"id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk"}

const (
	// maxIdentityBytes bounds all keys together: they go to a worker in one frame, in base64.
	maxIdentityBytes = 40 << 10
	// maxFiles is how many key files a login has: sshd hangs up after six keys.
	maxFiles = 5
	// maxRunFiles bounds those of all logins, which may have files of their own.
	maxRunFiles = 1000
)

// Keys are the identities of a run, for all its logins: each file is read, each agent listed and each passphrase asked for
// once. It is for one goroutine.
type Keys struct {
	home         string
	ask          Ask
	files        map[string]*keyFile
	certificates map[string]*certificate
	agents       map[string][]fleet.Key
	identities   []fleet.Identity
	size         int            // bytes of identities
	over         *IdentityError // about the first that was too much
	notes        []string
	said         map[string]bool // notes, of the whole run
}

// NewKeys has the usual files in home, which may be empty: then there are none. Without an ask nobody is asked.
func NewKeys(home string, ask Ask) *Keys {
	if ask == nil {
		ask = func(string, func(fleet.Secret) error) error { return ErrLocked }
	}
	return &Keys{
		home: home, ask: ask, files: map[string]*keyFile{}, certificates: map[string]*certificate{}, agents: map[string][]fleet.Key{},
		said: map[string]bool{},
	}
}

// Want is what a login has keys from.
type Want struct {
	Files        []string // of private keys, in order, the first five of them; none: the usual ones, those there are
	Named        bool     // somebody named the files for this run: one that cannot be used is an error
	Certificates []string // files of certificates, besides those that stand beside keys
	Only         bool     // no keys of the agent's but those that the files are of
	Agent        string   // its socket; empty: none
}

// Identities are all keys that some login offers.
func (k *Keys) Identities() []fleet.Identity { return k.identities }

// Offers are what a login offers, as fleet.Login has it, and what is to be said of that. An error is an *IdentityError about
// a file that was named, or Ask's.
//
// The order is ssh's: certificates, keys of files that the agent holds, the agent's others, keys of files. But keys of files
// that were named all come before the agent's others, for a host is offered five keys only, and an agent may have more. And
// of files that nobody named those that take a passphrase are left out, unless there is nothing else.
func (k *Keys) Offers(want Want) (offers []int, notes []string, err error) {
	defer func() { k.notes = nil }()
	offers, err = k.offers(want)
	if err != nil {
		return nil, nil, err
	}
	return offers, k.notes, nil
}

func (k *Keys) offers(want Want) ([]int, error) {
	files := k.wanted(want)
	if err := k.unlock(want, files); err != nil {
		return nil, err
	}
	offers := k.certified(want, files)
	var late []int // after the agent's others
	for _, key := range files {
		held := key.private == nil || len(want.Files) == 0 && k.holds(want.Agent, key.public)
		i, bad := k.offer(want, key, held)
		switch {
		case bad != nil && want.Named:
			return nil, bad
		case bad != nil:
			k.note(bad.Error())
		case slices.Contains(offers, i) || slices.Contains(late, i):
		case held || len(want.Files) > 0:
			offers = append(offers, i)
		default:
			late = append(late, i)
		}
	}
	if !want.Only && want.Agent != "" {
		offers = append(offers, fleet.AgentKeys)
	}
	return append(offers, late...), nil
}

// wanted reads the key files. Of those that nobody named for this run, those that are not there are left out.
func (k *Keys) wanted(want Want) []*keyFile {
	names := want.Files
	if len(names) > maxFiles {
		k.note(fmt.Sprintf("identities: the first %d of %d are used, for hosts hang up after more", maxFiles, len(names)))
		names = names[:maxFiles]
	}
	if len(names) == 0 && k.home != "" {
		for _, name := range usual {
			names = append(names, filepath.Join(k.home, ".ssh", name))
		}
	}
	var keys []*keyFile
	for _, name := range names {
		if key := k.file(name); key != nil && (want.Named || !key.missing()) {
			keys = append(keys, key)
		}
	}
	return keys
}

// file reads a key file, or is nil where that is one too many.
func (k *Keys) file(name string) *keyFile {
	key := k.files[name]
	switch {
	case key != nil:
	case len(k.files) == maxRunFiles:
		k.note(fmt.Sprintf("identities: of more than %d files, the others are left out", maxRunFiles))
	default:
		if key = readKey(name); !key.missing() {
			k.files[name] = key
		}
	}
	return key
}

// unlock asks for the passphrases of files that were named and that the agent does not hold, and of usual ones where there is
// nothing else to offer.
func (k *Keys) unlock(want Want, files []*keyFile) error {
	for _, key := range files {
		if len(want.Files) == 0 && (slices.ContainsFunc(files, func(key *keyFile) bool { return key.private != nil }) || len(k.held(want.Agent)) > 0) {
			return nil
		}
		if key.locked == nil || k.holds(want.Agent, key.public) {
			continue
		}
		if err := key.unlock(k.ask); err != nil {
			return err
		}
	}
	return nil
}

// offer is the identity of a key, which the agent signs with if it is held.
func (k *Keys) offer(want Want, key *keyFile, held bool) (int, *IdentityError) {
	identity := fleet.Identity{Private: key.private}
	if held {
		if !k.holds(want.Agent, key.public) {
			return 0, key.bad
		}
		identity = fleet.Identity{Public: key.public}
	}
	return k.add(identity, key.file)
}

// certified are the identities of certificates whose keys there are, in files or in the agent.
func (k *Keys) certified(want Want, files []*keyFile) (offers []int) {
	names := want.Certificates
	for _, key := range files {
		names = append(names[:len(names):len(names)], strings.TrimSuffix(key.file, ".pub")+"-cert.pub")
	}
	for _, name := range names {
		c := k.certificate(name)
		if c == nil {
			continue
		}
		identity := fleet.Identity{Certificate: c.text}
		i := slices.IndexFunc(files, func(key *keyFile) bool { return key.private != nil && bytes.Equal(key.public, c.public) })
		switch {
		case i >= 0:
			identity.Private = files[i].private
		case k.holds(want.Agent, c.public):
			identity.Public = c.public
		default:
			k.note(fmt.Sprintf("certificate %s: its key is neither in a file nor in an agent", name))
			continue
		}
		if i, bad := k.add(identity, name); bad != nil {
			k.note(bad.Error())
		} else if !slices.Contains(offers, i) {
			offers = append(offers, i)
		}
	}
	return offers
}

// add gives an identity its index, which those have that are the same.
func (k *Keys) add(identity fleet.Identity, file string) (int, *IdentityError) {
	same := func(other fleet.Identity) bool {
		return bytes.Equal(other.Private, identity.Private) && bytes.Equal(other.Public, identity.Public) && bytes.Equal(other.Certificate, identity.Certificate)
	}
	if i := slices.IndexFunc(k.identities, same); i >= 0 {
		return i, nil
	}
	size := len(identity.Private) + len(identity.Public) + len(identity.Certificate)
	if k.size+size > maxIdentityBytes {
		if k.over == nil {
			reason := fmt.Sprintf("with the keys before it, more than %d bytes", maxIdentityBytes)
			k.over = &IdentityError{File: file, Reason: reason, Advice: "name fewer keys, or add them to your agent"}
		}
		return 0, k.over
	}
	k.size += size
	k.identities = append(k.identities, identity)
	return len(k.identities) - 1, nil
}

// note says something, once for the whole run.
func (k *Keys) note(text string) {
	if !k.said[text] {
		k.said[text] = true
		k.notes = append(k.notes, text)
	}
}

// missing reports whether there is no such file, nor a public half beside it.
func (k *keyFile) missing() bool { return k.absent && k.public == nil }

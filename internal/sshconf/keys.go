package sshconf

import (
	"bytes"
	"fmt"
	"slices"

	"muster/internal/fleet"
)

// maxIdentityBytes bounds all keys together: they go to a worker in one frame, in base64.
const maxIdentityBytes = 40 << 10

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

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
	// maxFiles is how many key files a login has: sshd hangs up after six keys.
	maxFiles = 5
	// maxRunFiles bounds those of all logins, which may have files of their own.
	maxRunFiles = 1000
)

// offers are what Offers says.
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

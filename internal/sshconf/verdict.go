package sshconf

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// judge says what is known of a key that a host shows, bare or within a certificate, under a name. The worker has asked
// for the types of the keys that are pinned before others, unless it has asked for a certificate.
func (t *trust) judge(name string, key ssh.PublicKey, certified bool) fleet.Verdict {
	found, others, unpinned := t.find(name, key.Marshal())
	switch {
	case found:
		return fleet.Verdict{Decision: fleet.Accept}
	case len(others) == 0:
		return fleet.Verdict{Decision: fleet.Unknown, Reason: fmt.Sprintf("host key of %s is not known: %s", name, describe(key))}
	}
	v := fleet.Verdict{Decision: fleet.Changed}
	culprit := slices.IndexFunc(others, func(e entry) bool { return e.typ == key.Type() })
	if certified {
		unpinned = others
	}
	if keys := t.unrevoked(unpinned); culprit < 0 && len(keys) > 0 {
		v.Decision, v.Keys = fleet.Redial, keys
	}
	v.Reason = changed(name, key, others[max(culprit, 0)])
	return v
}

// find searches for a key under a name, and for other keys if it is not there: of those, which are not on plain lines, so
// that no worker has preferred their types yet. A name with a port that has no lines at all takes the key, and only that,
// from the name without (as OpenSSH does).
func (t *trust) find(name string, key fleet.Key) (found bool, others, unpinned []entry) {
	names := spellings(name)
	if t.has(names[0], key) {
		return true, nil, nil
	}
	for _, k := range t.known {
		others = append(others, k.hosts.plain[names[0]]...)
		unpinned = append(unpinned, k.hosts.unplain(names[0])...)
	}
	others = append(others, unpinned...)
	if len(others) == 0 && len(names) > 1 {
		found = t.has(names[1], key)
	}
	return found, others, unpinned
}

func (t *trust) has(name string, key fleet.Key) bool {
	return slices.ContainsFunc(t.known, func(k *known) bool { return k.hosts.has(name, key) })
}

// maxPins bounds a host's pins, so that they fit one message to a worker. It asks about the rest.
const maxPins = 16

// unrevoked lists the entries' keys, at most maxPins, without those that are revoked.
func (t *trust) unrevoked(entries []entry) []fleet.Key {
	var keys []fleet.Key
	for _, e := range entries {
		if _, revoked := t.isRevoked(e.key); !revoked && len(keys) < maxPins {
			keys = append(keys, e.key)
		}
	}
	return keys
}

func (t *trust) isRevoked(key fleet.Key) (entry, bool) {
	for _, revoked := range t.revoked {
		if e, ok := revoked[string(key)]; ok {
			return e, true
		}
	}
	return entry{}, false
}

// revokes reports whether a key, or one that a certificate rests on, is revoked, for whatever host.
func (t *trust) revokes(key ssh.PublicKey) (entry, bool) {
	keys := []ssh.PublicKey{key}
	if certificate, ok := key.(*ssh.Certificate); ok {
		keys = append(keys, certificate.Key, certificate.SignatureKey)
	}
	for _, key := range keys {
		if e, revoked := t.isRevoked(key.Marshal()); revoked {
			return e, true
		}
	}
	return entry{}, false
}

func describe(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

// changed says what differs, and what to do about it.
func changed(name string, key ssh.PublicKey, e entry) string {
	sum := sha256.Sum256(e.key)
	return fmt.Sprintf("host key changed: it is %s, but %s has %s SHA256:%s; if that is right: ssh-keygen -R %s -f %s",
		describe(key), e.place(), e.typ, base64.RawStdEncoding.EncodeToString(sum[:]), quote(name), quote(e.file))
}

// quote quotes a word for a shell, where it needs it.
func quote(word string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,"
	if word != "" && strings.Trim(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

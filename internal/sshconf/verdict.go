package sshconf

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// judge says what the files think of a key that a host shows under the given names.
func (k *KnownHosts) judge(names []string, key ssh.PublicKey) fleet.Verdict {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if e, revoked := k.revokes(key); revoked {
		return fleet.Verdict{Decision: fleet.Revoked, Reason: fmt.Sprintf("host key %s is revoked at %s", describe(key), e.place())}
	}
	if _, certificate := key.(*ssh.Certificate); certificate {
		return fleet.Verdict{Decision: fleet.Unknown, Reason: "host certificates are not supported"}
	}
	var s search
	for _, name := range names {
		k.find(&s, strings.ToLower(name), key.Marshal())
	}
	switch {
	case s.found:
		return fleet.Verdict{Decision: fleet.Accept}
	case len(s.others) == 0:
		return fleet.Verdict{Decision: fleet.Unknown, Reason: fmt.Sprintf("host key of %s is not known: %s", strings.Join(names, ","), describe(key))}
	}
	v := fleet.Verdict{Decision: fleet.Changed}
	culprit := s.others[0]
	sameType := false
	for _, e := range s.others {
		if e.typ == key.Type() && !sameType {
			culprit, sameType = e, true
		}
	}
	if keys := k.unrevoked(s.unpinned); !sameType && len(keys) > 0 {
		v.Decision, v.Keys = fleet.Redial, keys
	}
	v.Reason = changed(names[0], key, culprit)
	return v
}

// unrevoked lists the entries' keys, at most maxPins, without those that are revoked.
func (k *KnownHosts) unrevoked(entries []entry) []fleet.Key {
	var keys []fleet.Key
	for _, e := range entries {
		if _, revoked := k.revoked[string(e.key)]; !revoked && len(keys) < maxPins {
			keys = append(keys, e.key)
		}
	}
	return keys
}

// search gathers what is known under a host's names.
type search struct {
	found    bool    // the key that was searched for
	others   []entry // other keys
	unpinned []entry // those of them not on plain lines, so that no worker has preferred their types yet
}

// find searches for a key under one name, and for other keys if it is not there. A name with a port that has no lines
// at all takes the key, and only that, from the name without (as OpenSSH does).
func (k *KnownHosts) find(s *search, name string, key fleet.Key) {
	before := len(s.others)
	k.findExact(s, name, key)
	bare, ok := portless(name)
	if s.found || !ok || len(s.others) > before {
		return
	}
	var fallback search
	k.findExact(&fallback, bare, key)
	s.found = fallback.found
}

func (k *KnownHosts) findExact(s *search, name string, key fleet.Key) {
	// Hashed names, key first: of thousands of lines, a few have this key.
	for _, i := range k.byKey[string(key)] {
		if k.hashed[i].matches(name) {
			s.found = true
			return
		}
	}
	for _, e := range k.plain[name] {
		s.see(e, key, true)
	}
	for _, e := range k.patterns {
		if e.matches(name) {
			s.see(e.entry, key, false)
		}
	}
	if s.found {
		return
	}
	for _, e := range k.hashed {
		if e.matches(name) {
			s.see(e.entry, key, false)
		}
	}
}

func (s *search) see(e entry, key fleet.Key, pinned bool) {
	if string(e.key) == string(key) {
		s.found = true
		return
	}
	s.others = append(s.others, e)
	if !pinned {
		s.unpinned = append(s.unpinned, e)
	}
}

// revokes reports whether a key, or one that a certificate rests on, is revoked, for whatever host.
func (k *KnownHosts) revokes(key ssh.PublicKey) (entry, bool) {
	keys := []ssh.PublicKey{key}
	if certificate, ok := key.(*ssh.Certificate); ok {
		keys = append(keys, certificate.Key, certificate.SignatureKey)
	}
	for _, key := range keys {
		if e, ok := k.revoked[string(key.Marshal())]; ok {
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

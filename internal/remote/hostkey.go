package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// hostKeys judges the keys that a host shows on one connection: the first one, and those of later key exchanges.
type hostKeys struct {
	visit *visit
	ctx   context.Context // ends with the time for connecting
	wire  *watched

	mu       sync.Mutex
	accepted []byte
	redial   bool // not refused for good: ask for a key of another type
	distrust bool // another key is known: no password is sent
}

// tolerated reports whether the key is not the one that is known.
func (k *hostKeys) tolerated() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.distrust
}

func (v *visit) hostKeys(ctx context.Context, wire *watched) *hostKeys {
	return &hostKeys{visit: v, ctx: ctx, wire: wire}
}

// check returns nil if key is to be trusted. It is called again when keys are exchanged anew, on another goroutine.
func (k *hostKeys) check(key ssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	shown := key.Marshal()
	if k.accepted == nil {
		if reason := k.judge(key, shown); reason != "" {
			return k.refuse(reason)
		}
		k.accepted = shown
		k.wire.reach(fleet.PhaseAuth)
		return nil
	}
	if !bytes.Equal(shown, k.accepted) {
		return k.refuse("another host key was shown on the same connection: " + ssh.FingerprintSHA256(key))
	}
	return nil
}

// judge returns why a key is refused, or "". What a verdict sent us here for is asked about like any other key.
func (k *hostKeys) judge(key ssh.PublicKey, shown []byte) string {
	host := k.visit.host
	if _, certificate := key.(*ssh.Certificate); certificate && !k.visit.certified() {
		return "a certificate was shown that was not asked for"
	}
	if slices.ContainsFunc(host.Way().Pins, func(pin fleet.Key) bool { return bytes.Equal(pin, shown) }) {
		return ""
	}
	if k.visit.ssh.cfg.Ask == nil {
		return "host key is not known: " + ssh.FingerprintSHA256(key)
	}
	verdict, err := k.visit.ask(k.ctx, fleet.HostKey{Names: []string{host.KnownName()}, Key: shown})
	switch {
	case err != nil:
		return clip(fmt.Sprintf("host key %s could not be judged: %v", ssh.FingerprintSHA256(key), err))
	case verdict.Decision == fleet.Accept:
		return ""
	case verdict.Decision == fleet.Tolerate:
		k.distrust = true
		return ""
	case verdict.Decision == fleet.Redial && !k.visit.redialed:
		k.redial, k.visit.wanted = true, verdict.Keys
	}
	if verdict.Reason == "" {
		return "host key is " + string(verdict.Decision)
	}
	return strings.ToValidUTF8(verdict.Reason[:min(len(verdict.Reason), 512)], "?")
}

func (k *hostKeys) refuse(reason string) error {
	k.wire.refuse(&failure{status: fleet.StatusHostKey, phase: fleet.PhaseKex, text: reason})
	return errors.New("host key refused")
}

// certified reports whether the server is asked for a certificate: not where a verdict said what other keys to ask for.
func (v *visit) certified() bool { return v.host.Way().Certified && !v.redialed }

// certificateSuffix ends the types of certificates, and the names of algorithms for them.
const certificateSuffix = "-cert-v01@openssh.com"

// hostKeyOrder is OpenSSH's. It matters to servers that offer what they have no key for, as dropbear does with RSA.
var hostKeyOrder = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// hostKeyAlgorithms lists the algorithms for host keys, most wanted first: those of a user's list that we know, or all that
// are safe.
func hostKeyAlgorithms(wanted []string) []string {
	safe := ssh.SupportedAlgorithms().HostKeys
	if wanted != nil {
		all := slices.Concat(safe, ssh.InsecureAlgorithms().HostKeys)
		return slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return !slices.Contains(all, name) })
	}
	position := func(name string) int {
		i := slices.Index(hostKeyOrder, strings.TrimSuffix(name, certificateSuffix))
		return cmp.Or(i+1, len(hostKeyOrder)+1)
	}
	slices.SortStableFunc(safe, func(a, b string) int { return position(a) - position(b) })
	return safe
}

// algorithmsFor is what a server is asked for: certificates, if it may have one, before all. Next are the algorithms of the
// known keys: which key a server shows is decided by the client's order, and one of another type than is known would look
// like a changed one (golang/go#29286).
func (l *login) algorithmsFor(known []fleet.Key, certified bool) []string {
	rank := func(algorithm string) int {
		typ := algorithm
		if algorithm == ssh.KeyAlgoRSASHA512 || algorithm == ssh.KeyAlgoRSASHA256 {
			typ = ssh.KeyAlgoRSA
		}
		switch {
		case strings.HasSuffix(algorithm, certificateSuffix):
			return 0
		case slices.ContainsFunc(known, func(key fleet.Key) bool { return keyType(key) == typ }):
			return 1
		}
		return 2
	}
	algorithms := slices.DeleteFunc(slices.Clone(l.hostKeys), func(name string) bool { return !certified && rank(name) == 0 })
	slices.SortStableFunc(algorithms, func(a, b string) int { return rank(a) - rank(b) })
	return algorithms
}

// keyType reads a key's type, the first string in it.
func keyType(key fleet.Key) string {
	if len(key) < 4 {
		return ""
	}
	if n := binary.BigEndian.Uint32(key); uint64(n) <= uint64(len(key)-4) {
		return string(key[4 : 4+n])
	}
	return ""
}

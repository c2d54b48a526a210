package remote

import (
	"bytes"
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
	if _, certificate := key.(*ssh.Certificate); certificate && !host.Certified {
		return "a certificate was shown that was not asked for"
	}
	if slices.ContainsFunc(host.Pins, func(pin fleet.Key) bool { return bytes.Equal(pin, shown) }) {
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
	return verdict.Reason[:min(len(verdict.Reason), 512)]
}

func (k *hostKeys) refuse(reason string) error {
	k.wire.refuse(&failure{status: fleet.StatusHostKey, phase: fleet.PhaseKex, text: reason})
	return errors.New("host key refused")
}

// hostKeyAlgorithms lists the algorithms we accept for host keys, in OpenSSH's order: ed25519 before ECDSA before RSA.
// No certificates.
func hostKeyAlgorithms() []string {
	all := ssh.SupportedAlgorithms().HostKeys
	all = slices.DeleteFunc(all, func(name string) bool { return strings.Contains(name, "-cert-") })
	return front(all, []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521})
}

// algorithmsFor moves the algorithms of the known keys to the front: which key a host shows is decided by the client's
// order, and a key of another type than is known would look like a changed one (golang/go#29286). Where an authority is
// known, certificates come before all.
func (l *login) algorithmsFor(known []fleet.Key, certified bool) []string {
	algorithms := l.hostKeys
	if certified {
		algorithms = slices.Concat(certificateAlgorithms(algorithms), algorithms)
	}
	if len(known) == 0 {
		return algorithms
	}
	var first []string
	if certified {
		first = certificateAlgorithms(algorithms)
	}
	for _, key := range known {
		switch name := keyType(key); name {
		case ssh.KeyAlgoRSA:
			first = append(first, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		default:
			first = append(first, name)
		}
	}
	return front(algorithms, first)
}

// certificateAlgorithms lists the forms of algorithms for keys that are certified.
func certificateAlgorithms(algorithms []string) []string {
	supported := ssh.SupportedAlgorithms().HostKeys
	var certified []string
	for _, name := range algorithms {
		if name += "-cert-v01@openssh.com"; slices.Contains(supported, name) {
			certified = append(certified, name)
		}
	}
	return certified
}

// front returns all with those of first that are in it moved to its front.
func front(all, first []string) []string {
	ordered := make([]string, 0, len(all))
	for _, name := range slices.Concat(first, all) {
		if slices.Contains(all, name) && !slices.Contains(ordered, name) {
			ordered = append(ordered, name)
		}
	}
	return ordered
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

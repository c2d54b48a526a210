package remote

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// maxOffers is how many keys a host is offered at most: sshd hangs up after six refusals (MaxAuthTries), and blames us for
// it. One is left for a password.
const maxOffers = 5

// offer is a key that a host is offered, or all those of the agent's that no other offer names.
type offer struct {
	signer      ssh.MultiAlgorithmSigner // nil: the agent has it
	public      fleet.Key                // where the agent has it; nil: the others
	certificate *ssh.Certificate         // offered in the key's place; nil: the key itself
}

func newOffer(identity fleet.Identity) (o offer, err error) {
	if len(identity.Certificate) > 0 {
		key, err := ssh.ParsePublicKey(identity.Certificate)
		if err != nil {
			return o, err
		}
		certificate, ok := key.(*ssh.Certificate)
		if !ok {
			return o, fmt.Errorf("a %s is no certificate", key.Type())
		}
		o.certificate = certificate
	}
	if len(identity.Private) == 0 {
		o.public = identity.Public
		return o, nil
	}
	signer, err := ssh.ParsePrivateKey(identity.Private)
	if err == nil {
		o.signer, err = certified(o.certificate, signer)
	}
	return o, err
}

// signers are the keys that a host is offered, in order.
func (l *login) signers(ctx context.Context) []ssh.MultiAlgorithmSigner {
	var held []ssh.MultiAlgorithmSigner
	if l.asksAgent() {
		held = l.agent.signers(ctx)
	}
	var all []ssh.MultiAlgorithmSigner
	for _, o := range l.offers {
		switch {
		case o.signer != nil:
			all = append(all, o.signer)
		case o.public == nil:
			all = append(all, slices.DeleteFunc(slices.Clone(held), func(s ssh.MultiAlgorithmSigner) bool { return l.names(s.PublicKey()) })...)
		default:
			all = append(all, o.heldBy(held)...)
		}
	}
	all = l.accepted(all)
	return all[:min(len(all), maxOffers)]
}

// asksAgent reports whether some key is the agent's.
func (l *login) asksAgent() bool {
	return l.agent != nil && slices.ContainsFunc(l.offers, func(o offer) bool { return o.signer == nil })
}

// names reports whether some offer is of this very key.
func (l *login) names(key ssh.PublicKey) bool {
	return slices.ContainsFunc(l.offers, func(o offer) bool {
		switch {
		case o.signer != nil:
			return same(o.signer.PublicKey(), key)
		case o.certificate != nil:
			return same(o.certificate, key)
		}
		return bytes.Equal(o.public, key.Marshal())
	})
}

// heldBy is the agent's key that the offer is of, if it holds it.
func (o offer) heldBy(held []ssh.MultiAlgorithmSigner) []ssh.MultiAlgorithmSigner {
	i := slices.IndexFunc(held, func(s ssh.MultiAlgorithmSigner) bool { return bytes.Equal(s.PublicKey().Marshal(), o.public) })
	if i < 0 {
		return nil
	}
	signer, err := certified(o.certificate, held[i])
	if err != nil {
		return nil
	}
	return []ssh.MultiAlgorithmSigner{signer}
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

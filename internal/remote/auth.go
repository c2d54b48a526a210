package remote

import (
	"context"
	"slices"

	"golang.org/x/crypto/ssh"
)

// maxOffers is how many keys a host is offered at most: sshd hangs up after six (MaxAuthTries), and blames us for it.
const maxOffers = 5

// auth is how we authenticate on a connection whose time for that ends with ctx. Key files come before the agent, and
// nothing is ever asked of a person.
func (s *SSH) auth(ctx context.Context) []ssh.AuthMethod {
	if s.agent == nil {
		return []ssh.AuthMethod{ssh.PublicKeys(s.signers...)}
	}
	return []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		signers := append(slices.Clip(s.signers), s.agent.signers(ctx)...)
		return signers[:min(len(signers), maxOffers)], nil
	})}
}

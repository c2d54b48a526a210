package remote

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// maxOffers is how many keys a host is offered at most: sshd hangs up after six (MaxAuthTries), and blames us for it.
const maxOffers = 5

// auth is how the visit authenticates on a connection whose time for that ends with ctx. Nothing is ever asked of a
// person.
func (v *visit) auth(ctx context.Context, keys *hostKeys) []ssh.AuthMethod {
	methods := v.login.Methods
	if methods == nil {
		methods = []string{fleet.MethodKeys, fleet.MethodInteractive, fleet.MethodPassword}
	}
	var ways []ssh.AuthMethod
	for _, method := range methods {
		switch {
		case method == fleet.MethodKeys && len(v.login.offers) > 0:
			ways = append(ways, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) { return v.login.signers(ctx), nil }))
		case len(v.password) == 0:
		case method == fleet.MethodInteractive:
			ways = append(ways, ssh.KeyboardInteractive((&interview{password: v.password, keys: keys}).answer))
		case method == fleet.MethodPassword:
			ways = append(ways, ssh.PasswordCallback(func() (string, error) {
				if keys.tolerated() {
					return "", errTolerated
				}
				return string(v.password), nil
			}))
		}
	}
	return ways
}

// signers are the keys that a host is offered, in order.
func (l *login) signers(ctx context.Context) []ssh.Signer {
	var held []ssh.Signer
	if l.agent != nil && slices.ContainsFunc(l.offers, func(o offer) bool { return o.signer == nil }) {
		held = l.agent.signers(ctx)
	}
	var all []ssh.Signer
	for _, o := range l.offers {
		switch {
		case o.signer != nil:
			all = append(all, o.signer)
		case o.public == nil:
			all = append(all, slices.DeleteFunc(slices.Clone(held), func(s ssh.Signer) bool { return l.names(s.PublicKey()) })...)
		default:
			all = append(all, o.heldBy(held)...)
		}
	}
	return all[:min(len(all), maxOffers)]
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
		return string(o.public) == string(key.Marshal())
	})
}

// heldBy is the agent's key that the offer is of, if it holds it.
func (o offer) heldBy(held []ssh.Signer) []ssh.Signer {
	i := slices.IndexFunc(held, func(s ssh.Signer) bool { return string(s.PublicKey().Marshal()) == string(o.public) })
	switch {
	case i < 0:
		return nil
	case o.certificate == nil:
		return held[i : i+1]
	}
	signer, err := ssh.NewCertSigner(o.certificate, held[i])
	if err != nil {
		return nil
	}
	return []ssh.Signer{signer}
}

func same(a, b ssh.PublicKey) bool { return string(a.Marshal()) == string(b.Marshal()) }

// errTolerated is why a password is not sent.
var errTolerated = errors.New("no password is sent where the host key is not the known one")

// interview answers keyboard-interactive authentication with the password, once.
type interview struct {
	password fleet.Secret
	keys     *hostKeys
	rounds   int
	answered bool
}

// maxRounds is how often a host may ask: a password, and notes without a question.
const maxRounds = 4

// answer gives the password to the first round that asks one question which is not to be seen on a screen. All other
// questions are for a person.
func (i *interview) answer(_, _ string, questions []string, echos []bool) ([]string, error) {
	i.rounds++
	switch {
	case i.rounds > maxRounds:
		return nil, errors.New("it asks again and again")
	case len(questions) == 0:
		return nil, nil
	case i.keys.tolerated():
		return nil, errTolerated
	case len(questions) > 1 || echos[0]:
		return nil, errors.New("it asks what only a person can answer")
	case i.answered:
		return nil, errors.New("it asks again: the password is not the right one, or not enough")
	}
	i.answered = true
	return []string{string(i.password)}, nil
}

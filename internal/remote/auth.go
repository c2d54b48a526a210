package remote

import (
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// authMethods are those that we speak, in ssh's order.
var authMethods = []string{fleet.MethodKeys, fleet.MethodInteractive, fleet.MethodPassword}

// trial is the authentication on one connection. Nothing is ever asked of a person.
type trial struct {
	ctx      context.Context // ends with the time for it
	login    *login
	password fleet.Secret // empty: none is known
	keys     *hostKeys
	offers   []ssh.Signer // that come after the last that signed; nil: none was asked for
	offered  int          // keys
	unsigned error        // why a key that the host accepts did not sign
	again    bool         // other keys are to be tried, though one did not sign
	rounds   int          // in which the host asked for the password, or might have
	sent     bool         // the password, which the host has not accepted
	why      string       // the password was not given
	state    ssh.ClientAuthContext
}

// begin is called once, on a connection whose time for authentication ends with ctx.
func (v *visit) begin(ctx context.Context, keys *hostKeys) *trial {
	v.trial = &trial{ctx: ctx, login: v.login, password: v.password, keys: keys}
	if len(v.password) == 0 && len(v.ssh.cfg.Password) > 0 {
		v.trial.why = "the password is for the hosts, and for no jump host"
	}
	return v.trial
}

// methods are the ways that the login has, and we what it takes for.
func (t *trial) methods() []ssh.AuthMethod {
	names := t.login.Methods
	if names == nil {
		names = authMethods
	}
	var ways []ssh.AuthMethod
	for _, name := range names {
		switch {
		case name == fleet.MethodKeys && len(t.login.offers) > 0:
			ways = append(ways, ssh.PublicKeysCallback(t.signers))
		case len(t.password) == 0:
		case name == fleet.MethodInteractive:
			ways = append(ways, ssh.KeyboardInteractive(t.answer))
		case name == fleet.MethodPassword:
			ways = append(ways, ssh.PasswordCallback(t.give))
		}
	}
	return ways
}

// heed hears how the last method ended. That a factor of several was accepted means that the password, if it was that, is
// right: another method may want it too.
func (t *trial) heed(state *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if len(state.PartialSuccessMethods) > len(t.state.PartialSuccessMethods) {
		t.sent = false
	}
	t.state = *state
	if t.again {
		t.again = false
		return ssh.PublicKeysCallback(t.signers), nil
	}
	return nil, nil // the library goes on in the order of the methods
}

// signers are the keys that the host is offered, in order. A host that accepts one and wants another is offered those that
// come after it.
func (t *trial) signers() ([]ssh.Signer, error) {
	if t.offers == nil {
		t.offers = []ssh.Signer{}
		for _, signer := range t.login.signers(t.ctx) {
			t.offers = append(t.offers, &offered{signer, t})
		}
		t.offered = len(t.offers)
	}
	return slices.Clone(t.offers), nil
}

// errKept is why a method that wants the password has ended. The trial says more.
var errKept = errors.New("no password was given")

// maxRounds is how often a host may ask on one connection: for a password, and notes without a question.
const maxRounds = 4

// give gives the password to the password method.
func (t *trial) give() (string, error) {
	t.rounds++
	switch {
	case t.rounds > maxRounds:
		return t.keep("it asks again and again")
	case t.keys.tolerated():
		return t.keep(distrusted)
	case t.sent:
		return t.keep("")
	}
	t.sent = true
	return string(t.password), nil
}

// answer gives the password to the first round of keyboard-interactive that asks one question which is not to be seen on a
// screen. All other questions are for a person, and are shown to nobody.
func (t *trial) answer(_, _ string, questions []string, echos []bool) ([]string, error) {
	if len(questions) == 0 && t.rounds < maxRounds {
		t.rounds++
		return nil, nil
	}
	if len(questions) > 1 || len(questions) == 1 && echos[0] {
		_, err := t.keep("it asks what only a person can answer")
		return nil, err
	}
	password, err := t.give()
	return []string{password}, err
}

// distrusted is why a password is not sent.
const distrusted = "no password is sent where the host key is not the known one"

// keep keeps the password back.
func (t *trial) keep(why string) (string, error) {
	t.why = why
	return "", errKept
}

// offered is a key on one connection: once it has signed, only those after it are left.
type offered struct {
	ssh.MultiAlgorithmSigner
	trial *trial
}

// SignWithAlgorithm signs. One that cannot does not hold up the others.
func (o *offered) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	t := o.trial
	t.offers = t.offers[slices.Index(t.offers, ssh.Signer(o))+1:]
	signature, err := o.MultiAlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
	if err != nil {
		t.unsigned, t.again = err, len(t.offers) > 0
	}
	return signature, err
}

package remote

import (
	"cmp"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// login is a fleet.Login made ready.
type login struct {
	fleet.Login
	timeout  time.Duration // for all that comes before the command; 0: none
	offers   []offer
	agent    *agent   // nil: none
	hostKeys []string // algorithms for host keys, most wanted first; no certificates
}

// offer is a key that a host is offered, or all those of the agent's that no other offer names.
type offer struct {
	signer      ssh.Signer // nil: the agent has it
	public      fleet.Key  // where the agent has it; nil: the others
	certificate *ssh.Certificate
}

// prepare makes the logins ready. An error is about an identity.
func (s *SSH) prepare() error {
	offers := make([]offer, len(s.cfg.Identities))
	for i, identity := range s.cfg.Identities {
		var err error
		if offers[i], err = newOffer(identity); err != nil {
			return fmt.Errorf("identity %d: %w", i+1, err)
		}
	}
	for _, l := range s.cfg.Logins {
		ready := &login{Login: l, timeout: s.cfg.ConnectTimeout, hostKeys: hostKeyAlgorithms()}
		if l.ConnectTimeoutMS > 0 {
			ready.timeout = time.Duration(l.ConnectTimeoutMS) * time.Millisecond
		}
		if l.HostKeyAlgorithms != nil {
			ready.hostKeys = l.HostKeyAlgorithms
		}
		for _, i := range l.Offers {
			switch {
			case i == fleet.AgentKeys:
				ready.offers = append(ready.offers, offer{})
			case i < 0 || i >= len(offers):
				return fmt.Errorf("no identity %d", i+1)
			default:
				ready.offers = append(ready.offers, offers[i])
			}
		}
		if l.Agent != "" {
			if s.agents[l.Agent] == nil {
				s.agents[l.Agent] = newAgent(l.Agent)
			}
			ready.agent = s.agents[l.Agent]
		}
		s.logins = append(s.logins, ready)
	}
	return nil
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
	if o.signer, err = ssh.ParsePrivateKey(identity.Private); err == nil && o.certificate != nil {
		o.signer, err = ssh.NewCertSigner(o.certificate, o.signer)
	}
	return o, err
}

// keepAlive is after how long a silent host is asked whether it is there, and how often it may fail to answer. After 0
// it is never asked.
func (l *login) keepAlive() (after time.Duration, unanswered int) {
	ms := cmp.Or(l.KeepAliveMS, 30_000)
	return time.Duration(max(ms, 0)) * time.Millisecond, cmp.Or(l.KeepAlives, 4)
}

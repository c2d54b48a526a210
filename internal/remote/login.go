package remote

import (
	"cmp"
	"fmt"
	"time"

	"muster/internal/fleet"
)

// login is a fleet.Login made ready.
type login struct {
	fleet.Login
	timeout  time.Duration // for all that comes before the command; 0: none
	offers   []offer
	agent    *agent   // nil: none
	hostKeys []string // algorithms for host keys, most wanted first
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
		ready := &login{Login: l, timeout: s.cfg.ConnectTimeout, hostKeys: hostKeyAlgorithms(l.HostKeyAlgorithms)}
		if l.ConnectTimeoutMS > 0 {
			ready.timeout = time.Duration(l.ConnectTimeoutMS) * time.Millisecond
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

// unspoken says which algorithms were asked for of which none is spoken here, or "".
func (l *login) unspoken() string {
	for what, names := range map[string][]string{
		"key exchanges": l.KeyExchanges, "ciphers": l.Ciphers, "MACs": l.MACs, "host key algorithms": l.HostKeyAlgorithms,
	} {
		if names != nil && len(names) == 0 {
			return "none of the " + what + " that are asked for is spoken here; --transport openssh may speak them"
		}
	}
	return ""
}

// keepAlive is after how long a silent host is asked whether it is there, and how often it may fail to answer. After 0
// it is never asked.
func (l *login) keepAlive() (after time.Duration, unanswered int) {
	ms := cmp.Or(l.KeepAliveMS, 30_000)
	return time.Duration(max(ms, 0)) * time.Millisecond, cmp.Or(l.KeepAlives, 4)
}

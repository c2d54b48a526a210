package remote

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// Config is what all visits of a worker share.
type Config struct {
	Keys           []fleet.Secret // private keys, PEM, not encrypted; offered in this order
	AgentSocket    string         // an agent whose keys are offered after those; empty: none
	AgentKeys      []fleet.Key    // public halves of those of the agent's that come first
	ConnectTimeout time.Duration  // for all that comes before the command, retries too; 0: none
	CommandTimeout time.Duration  // for the command; 0: none
	Retries        int            // for one host, where it hung up before authentication
	RetryBudget    int            // for all hosts together

	// Ask judges a host key that is not among the host's pins. It is called at most once a connection, by many visits
	// at once. An error refuses the key, and so does the lack of Ask.
	Ask func(context.Context, fleet.HostKey) (fleet.Verdict, error)
}

// SSH runs commands over SSH. Its methods are safe for concurrent use.
type SSH struct {
	cfg        Config
	signers    []ssh.Signer
	agent      *agent   // nil: none
	algorithms []string // for host keys, most wanted first
	retries    retries
}

// NewSSH parses the keys. It connects to nothing yet.
func NewSSH(cfg Config) (*SSH, error) {
	s := &SSH{cfg: cfg, algorithms: hostKeyAlgorithms()}
	for i, key := range cfg.Keys {
		signer, err := ssh.ParsePrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("private key %d: %w", i+1, err)
		}
		s.signers = append(s.signers, signer)
	}
	s.signers = slices.Clip(s.signers[:min(len(s.signers), maxOffers)])
	if cfg.AgentSocket != "" && len(s.signers) < maxOffers {
		s.agent = newAgent(cfg.AgentSocket, cfg.AgentKeys)
	}
	s.retries.each = cfg.Retries
	s.retries.budget.Store(int64(cfg.RetryBudget))
	return s, nil
}

// Close ends what visits share. No Run may be under way or follow.
func (s *SSH) Close() error {
	if s.agent != nil {
		s.agent.close()
	}
	return nil
}

// Run runs a command on h, whose user must be set, and returns no later than its times allow, or as soon as ctx is
// done: then the status is canceled.
func (s *SSH) Run(ctx context.Context, h fleet.Host, cmd Command) Result {
	v := &visit{ssh: s, host: h, deadline: after(s.cfg.ConnectTimeout), result: Result{StartedAt: time.Now()}}
	f := s.retries.visit(ctx, v.deadline, func() *failure { return v.attempt(ctx, cmd) })
	f.record(&v.result)
	v.result.Duration = time.Since(v.result.StartedAt)
	return v.result
}

package remote

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"muster/internal/fleet"
)

// Config is what all visits of a worker share.
type Config struct {
	Identities     []fleet.Identity
	Logins         []fleet.Login // a host has the index of one
	Password       fleet.Secret  // to the hosts, not to jump hosts; empty: none is known
	ConnectTimeout time.Duration // for all that comes before the command, retries too, where a login has none; 0: none
	CommandTimeout time.Duration // for the command; 0: none
	Retries        int           // for one host, where it hung up before authentication
	RetryBudget    int           // for all hosts together
	Rate           float64       // new connections a second; 0: no limit
	RateDelay      time.Duration // before the first of them
	Keep           int           // connections that wait for the next visit of their host, at most: hosts are visited for ever
	Handshakes     int           // at once at one address, as long as it is not known to bear more; 0: 1

	// Ask judges a host key that is not among the pins of who shows it. It is called at most once a connection, by many
	// visits at once. An error refuses the key, and so does the lack of Ask.
	Ask func(context.Context, fleet.HostKey) (fleet.Verdict, error)
}

// SSH runs commands over SSH. Its methods are safe for concurrent use.
type SSH struct {
	cfg     Config
	logins  []*login
	agents  map[string]*agent // by socket
	names   names
	places  places
	pace    *pace
	retries retries
	kept    kept

	mu    sync.Mutex
	jumps map[string]*jump
}

// NewSSH parses the keys. It connects to nothing yet.
func NewSSH(cfg Config) (*SSH, error) {
	s := &SSH{
		cfg: cfg, pace: newPace(cfg.Rate, cfg.RateDelay), agents: map[string]*agent{}, jumps: map[string]*jump{}, places: places{first: max(cfg.Handshakes, 1)},
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	s.names.forgets, s.kept.most = cfg.Keep > 0, cfg.Keep
	s.retries.each = cfg.Retries
	s.retries.budget.Store(int64(cfg.RetryBudget))
	return s, nil
}

// Close ends what visits share. No Run may be under way or follow.
func (s *SSH) Close() error {
	s.kept.close()
	s.mu.Lock()
	jumps := slices.Collect(maps.Values(s.jumps))
	s.mu.Unlock()
	for _, j := range jumps {
		j.close()
	}
	for _, a := range s.agents {
		a.close()
	}
	return nil
}

// Run runs a command on h, whose user must be set, and returns no later than its times allow, or as soon as ctx is
// done: then the status is canceled, and nothing is begun any more. It waits for h's turn first, which does not count. The turn
// of a host whose connection was kept has come.
func (s *SSH) Run(ctx context.Context, h fleet.Host, cmd Command) Result {
	v := s.visit(h)
	v.ask = func(ctx context.Context, key fleet.HostKey) (fleet.Verdict, error) {
		key.Num = h.Num
		return s.cfg.Ask(ctx, key)
	}
	var f *failure
	known := s.known(ctx, &h)
	if known == nil {
		f = v.turn(ctx)
	} else {
		v.deadline = after(v.login.timeout)
	}
	defer func() { v.place.leave() }()
	if f != nil && f.status == fleet.StatusCanceled {
		f.record(&v.result)
		return v.result
	}
	cmd.begin()
	if f == nil {
		f = v.run(ctx, cmd, known)
	}
	if f == nil && s.cfg.Keep > 0 {
		s.retries.refund(s.cfg.RetryBudget)
	}
	f.record(&v.result)
	v.result.Duration = time.Since(v.result.StartedAt)
	return v.result
}

package remote

import (
	"context"
	"slices"
	"sync"
)

// places limits how many handshakes are under way with each of the servers that hosts are reached at: an sshd turns
// connections away at random once ten of them are not authenticated yet (MaxStartups 10:30:100), and one behind many
// names is no rarity. A server starts with few places. It gets more while all goes well, until it turns somebody away:
// from then on it has half of what was too much.
type places struct {
	first int // places of a server that is not known yet

	mu      sync.Mutex
	servers map[string]*server
}

type server struct {
	places  int
	good    int  // handshakes that went well since it last got another place
	full    bool // it has turned somebody away: it gets no more
	taken   int
	waiting []chan struct{} // in the order in which they came
}

// place is one handshake's. Its nil value is none.
type place struct {
	all *places
	key string
	at  *server
}

// take waits for a place at the server of that key.
func (p *places) take(ctx context.Context, key string) (*place, error) {
	p.mu.Lock()
	at := p.servers[key]
	if at == nil {
		if p.servers == nil {
			p.servers = map[string]*server{}
		}
		at = &server{places: p.first}
		p.servers[key] = at
	}
	got := make(chan struct{})
	at.waiting = append(at.waiting, got)
	at.admit()
	p.mu.Unlock()
	taken := &place{p, key, at}
	select {
	case <-got:
		return taken, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	i := slices.Index(at.waiting, got)
	if i >= 0 {
		at.waiting = slices.Delete(at.waiting, i, i+1)
	}
	p.mu.Unlock()
	if i < 0 { // it was given meanwhile
		taken.leave()
	}
	return nil, ctx.Err()
}

// admit lets in who waits, as far as there are places.
func (s *server) admit() {
	for len(s.waiting) > 0 && s.taken < s.places {
		close(s.waiting[0])
		s.waiting = s.waiting[1:]
		s.taken++
	}
}

// good says that the handshake went well, and leaves.
func (p *place) good() {
	p.all.mu.Lock()
	if p.at.good++; p.at.good >= p.at.places && !p.at.full {
		p.at.places++
		p.at.good = 0
	}
	p.all.mu.Unlock()
	p.leave()
}

// turnedAway says that the server hung up before authentication. The place is kept.
func (p *place) turnedAway() {
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	p.at.full = true
	p.at.places = max(1, min(p.at.places, p.at.taken/2))
}

// leave frees the place. It does nothing the second time.
func (p *place) leave() {
	if p == nil || p.at == nil {
		return
	}
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	p.at.taken--
	p.at.admit()
	if p.at.taken == 0 && !p.at.full && len(p.at.waiting) == 0 { // nothing was learned that would be missed
		delete(p.all.servers, p.key)
	}
	p.at = nil
}

package remote

import (
	"context"
	"slices"
	"sync"
)

// places limits how many handshakes are under way with each of the servers that hosts are reached at: an sshd turns
// connections away at random once ten of them are not authenticated yet (MaxStartups 10:30:100), and one behind many
// names is no rarity. A server starts with few places, and gets more while all goes well. When it turns somebody away, half
// of those taken are left, and it gets more only half as fast as before.
type places struct {
	first int // places of a server that is not known yet

	mu      sync.Mutex
	servers map[string]*server
}

type server struct {
	places  int
	good    int // handshakes that went well since the number changed
	caution int // how often every place must see one of those before there is one more
	taken   int
	waiting []chan struct{} // in the order in which they came
}

// mostCaution bounds how slowly a server gets more places.
const mostCaution = 64

// place is one handshake's. Its nil value is none.
type place struct {
	all        *places
	key        string
	at         *server // nil: left; under all.mu
	turnedAway bool
}

// take waits for a place at the server of that key.
func (p *places) take(ctx context.Context, key string) (*place, error) {
	p.mu.Lock()
	at := p.servers[key]
	if at == nil {
		if p.servers == nil {
			p.servers = map[string]*server{}
		}
		at = &server{places: p.first, caution: 1}
		p.servers[key] = at
	}
	got := make(chan struct{})
	at.waiting = append(at.waiting, got)
	at.admit()
	p.mu.Unlock()
	taken := &place{all: p, key: key, at: at}
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
	p.change(func(s *server) {
		if s.good++; s.good >= s.places*s.caution {
			s.places++
			s.good = 0
		}
	})
	p.leave()
}

// refused says that the server hung up before authentication. The place is kept. What hangs up on one again and again may
// have reasons of its own: it counts once.
func (p *place) refused() {
	p.change(func(s *server) {
		if !p.turnedAway {
			p.turnedAway = true
			s.places, s.good = max(1, min(s.places, s.taken/2)), 0
			s.caution = min(2*s.caution, mostCaution)
		}
	})
}

// leave frees the place. It does nothing the second time.
func (p *place) leave() {
	p.change(func(s *server) {
		p.at = nil
		s.taken--
		s.admit()
		if s.taken == 0 && s.caution == 1 { // nothing was learned that would be missed
			delete(p.all.servers, p.key)
		}
	})
}

// change has do change the server, unless the place was left.
func (p *place) change(do func(*server)) {
	if p == nil {
		return
	}
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	if p.at != nil {
		do(p.at)
	}
}

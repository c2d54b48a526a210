package remote

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// names looks each name up once, for all who ask, or where it forgets, for all who ask at the same time. Its zero value is ready.
type names struct {
	forgets bool
	dial    func(ctx context.Context, network, address string) (net.Conn, error) // to name servers; nil: those of the system

	mu     sync.Mutex
	lookup map[string]*lookup
}

// lookup is one name's, under way or done.
type lookup struct {
	done  chan struct{} // closed once the others stand
	addrs []netip.Addr
	err   error
	cut   bool // whoever did it had no more time
}

func (l *lookup) do(ctx context.Context, resolver *net.Resolver, name, family string) {
	l.addrs, l.err = resolver.LookupNetIP(ctx, "ip"+family, name)
	for i, addr := range l.addrs {
		l.addrs[i] = addr.Unmap()
	}
	l.cut = l.err != nil && ctx.Err() != nil
}

// resolve returns the addresses of a name, in the order in which they are to be tried, of one family ("4", "6") or both
// (""). What has failed is told to those who waited for it, and looked up again by who asks next.
func (n *names) resolve(ctx context.Context, name, family string) ([]netip.Addr, error) {
	for key := name + " " + family; ; {
		l, mine := n.enter(key)
		if mine {
			l.do(ctx, &net.Resolver{PreferGo: true, Dial: n.dial}, name, family)
			n.leave(key, l)
			return l.addrs, l.err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !l.cut {
			return l.addrs, l.err
		}
	}
}

// enter returns the lookup of a key, and whether it is the caller's to do.
func (n *names) enter(key string) (l *lookup, mine bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.lookup[key]; l != nil {
		return l, false
	}
	if n.lookup == nil {
		n.lookup = map[string]*lookup{}
	}
	l = &lookup{done: make(chan struct{})}
	n.lookup[key] = l
	return l, true
}

func (n *names) leave(key string, l *lookup) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l.err != nil || n.forgets {
		delete(n.lookup, key)
	}
	close(l.done)
}

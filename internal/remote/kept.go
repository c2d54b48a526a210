package remote

import (
	"context"
	"errors"
	"sync"
	"time"

	"muster/internal/fleet"
)

// kept are connections that wait for the next visit of their host. Each has a key that only hosts share that are reached, and
// logged in to, in the same way. Its zero value keeps none.
type kept struct {
	most int // of them

	mu      sync.Mutex
	clients map[string]*client
	ending  sync.WaitGroup // connections that are being closed
}

// take returns the connection of that key, to be resumed; nil: there is none that stands.
func (k *kept) take(key string) *client {
	k.mu.Lock()
	c := k.clients[key]
	delete(k.clients, key)
	k.mu.Unlock()
	if c == nil {
		return nil
	}
	c.stopAsking()
	select {
	case <-c.over:
		k.end(c)
		return nil
	default:
		return c
	}
}

// known returns the connection to h that was kept; nil: there is none, or ctx is done.
func (s *SSH) known(ctx context.Context, h *fleet.Host) *client {
	if s.kept.most == 0 || ctx.Err() != nil {
		return nil
	}
	return s.kept.take(jumpKey(h))
}

// put keeps a connection on which nothing is under way, where there is room for it, and reports whether it did.
func (k *kept) put(key string, c *client, through *link) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.clients) >= k.most || k.clients[key] != nil {
		return false
	}
	if k.clients == nil {
		k.clients = map[string]*client{}
	}
	c.through = through
	c.unwatch()
	c.wire.rest()
	c.stopAsking = c.keepAlive(through)
	k.clients[key] = c
	return true
}

func (k *kept) end(c *client) { k.ending.Go(func() { c.close(nil) }) }

// close hangs up on all. Nothing may be put any more.
func (k *kept) close() {
	for _, c := range k.clients {
		c.stopAsking()
		k.end(c)
	}
	k.clients = nil
	k.ending.Wait()
}

// resume begins a visit on a connection that was kept. Where the host says nothing, there is to be time for another.
func (c *client) resume(ctx context.Context, v *visit) {
	v.through, v.result.Address, v.result.RTT = c.through, c.wire.RemoteAddr().String(), c.rtt
	if v.indirect() {
		v.result.Address = v.host.DialAddress()
	}
	v.progress.Store(&progress{wire: c.wire})
	c.wire.resume()
	limit := v.patience()
	c.wire.until(time.Now().Add(limit), limit)
	c.unwatch = context.AfterFunc(ctx, func() { c.wire.Close() })
}

// anew makes ready to connect once more, in what is left of the visit's time: the connection that was kept is of no use.
func (v *visit) anew(ctx context.Context) *failure {
	v.ssh.pace.spend()
	v.result.Address, v.result.RTT = "", 0
	if f := v.locate(ctx); f != nil {
		v.result.Attempts = 1
		return f
	}
	bounded, cancel := v.bounded(ctx)
	defer cancel()
	return v.takePlace(ctx, bounded)
}

// maxIdle bounds what a host may say, in bytes, while its connection waits: keep-alives and new keys for a day are less.
const maxIdle = 1 << 20

var errTalks = errors.New("talks though it was not asked")

// rest puts a connection aside: nothing is waited for.
func (w *watched) rest() {
	w.until(time.Time{}, 0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = w.bytes + maxIdle
}

// resume makes a connection that was put aside ready for one more session.
func (w *watched) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most, w.phase, w.settled, w.stood = 0, fleet.PhaseSession, make(chan struct{}), false
}

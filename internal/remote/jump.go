package remote

import (
	"context"
	"net"
	"sync"

	"muster/internal/fleet"
)

// jump is this worker's connection to a jump host. All hosts behind it share the connection; one that is lost is made
// anew when the next host needs it.
type jump struct {
	ssh  *SSH
	host fleet.Host
	all  sync.WaitGroup // goroutines of its own

	mu     sync.Mutex
	client *client  // nil: none
	trying *trying  // nil: nobody waits
	closed *failure // for good: it has no use for us, or we none for it
}

// trying is an attempt to connect to a jump host, for all who wait. It ends when nobody waits any more.
type trying struct {
	visit     *visit
	cancel    context.CancelFunc
	waiting   int           // under the jump's mu
	questions chan question // about the jump host's key, for one of those who wait: the parent knows hosts in flight only
	done      chan struct{} // closed once the others stand
	client    *client
	failure   *failure
}

// question is about a host key. It has room for its answer.
type question struct {
	key    fleet.HostKey
	answer chan answer
}

type answer struct {
	verdict fleet.Verdict
	err     error
	gone    bool // whoever asked has no more time: ask another
}

func (s *SSH) jump(h *fleet.Host) *jump {
	key := jumpKey(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jumps[key]
	if j == nil {
		j = &jump{ssh: s, host: *h}
		s.jumps[key] = j
	}
	return j
}

// reach connects v's host through the jump host. A connection to that which is found dead is no fault of the host's.
func (j *jump) reach(ctx, bounded context.Context, v *visit) (net.Conn, *failure) {
	for {
		c, f := j.connected(ctx, bounded, v)
		if f != nil {
			return nil, f
		}
		v.through = c
		v.progress.Store(&progress{phase: fleet.PhaseConnect})
		conn, f := c.tunnel(ctx, bounded, v)
		if f == nil {
			return conn, nil
		}
		if !c.lost() || bounded.Err() != nil {
			return nil, f
		}
		j.forget(c)
	}
}

// connected returns the connection, once there is one. A visit has its own time for that, whenever the attempt began
// that it waits for: one that took too long is followed by another.
func (j *jump) connected(ctx, bounded context.Context, v *visit) (*client, *failure) {
	for {
		c, t, f := j.join()
		if t == nil {
			return c, f
		}
		v.progress.Store(&progress{ahead: t.visit})
		waited := t.wait(bounded, v)
		j.leave(t)
		switch {
		case ctx.Err() != nil:
			phase, hop := v.where()
			return nil, &failure{status: fleet.StatusCanceled, phase: phase, hop: hop, text: "stopped"}
		case !waited:
			return nil, v.notInTime()
		case t.failure == nil:
			return t.client, nil
		case t.failure.status != fleet.StatusTimeout:
			f := *t.failure
			return nil, &f
		}
	}
}

// join returns what there is: the connection, the reason why there will be none, or the attempt to wait for.
func (j *jump) join() (*client, *trying, *failure) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed != nil:
		f := *j.closed
		return nil, nil, &f
	case j.client != nil:
		return j.client, nil, nil
	case j.trying == nil:
		ctx, cancel := context.WithCancel(context.Background())
		t := &trying{visit: j.ssh.visit(j.host), cancel: cancel, questions: make(chan question), done: make(chan struct{})}
		t.visit.password, t.visit.ask = nil, t.ask
		j.trying = t
		j.all.Go(func() { j.try(ctx, t) })
	}
	j.trying.waiting++
	return nil, j.trying, nil
}

// leave says that somebody no longer waits.
func (j *jump) leave(t *trying) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t.waiting--; t.waiting == 0 {
		t.cancel()
		if j.trying == t {
			j.trying = nil
		}
	}
}

// try makes the attempt.
func (j *jump) try(ctx context.Context, t *trying) {
	defer t.cancel()
	v := t.visit
	v.deadline = after(v.login.timeout)
	f := v.locate(ctx)
	if f == nil {
		f = v.takePlace(ctx)
	}
	if f == nil {
		t.client, f = v.open(ctx)
	}
	v.place.leave()
	if f != nil && f.hop == "" {
		f.hop = j.host.Label
	}
	t.failure = f

	j.mu.Lock()
	defer j.mu.Unlock()
	if j.trying == t {
		j.trying = nil
	}
	defer close(t.done)
	switch {
	case f == nil && j.closed == nil && j.client == nil:
		t.client.unwatch()
		t.client.wire.until(after(0), 0)
		j.client = t.client
		j.all.Go(func() {
			t.client.Wait()
			j.forget(t.client)
		})
	case f == nil: // another attempt was faster, or it is all over
		t.client.Close()
		t.client = j.client
		t.failure = j.closed
	case f.status == fleet.StatusAuth || f.status == fleet.StatusHostKey: // to go on asking would have us shut out
		j.closed = f
	}
}

// ask has one of those who wait ask about a key that the jump host, or one before it, has shown.
func (t *trying) ask(ctx context.Context, key fleet.HostKey) (fleet.Verdict, error) {
	if key.Hop == "" {
		key.Hop = t.visit.host.Label
	}
	for {
		q := question{key, make(chan answer, 1)}
		select {
		case t.questions <- q:
		case <-ctx.Done():
			return fleet.Verdict{}, context.Cause(ctx)
		}
		select {
		case a := <-q.answer:
			if !a.gone {
				return a.verdict, a.err
			}
		case <-ctx.Done():
			return fleet.Verdict{}, context.Cause(ctx)
		}
	}
}

// wait waits for the attempt's end, and asks what it wants to know meanwhile. It reports false if ctx is done first.
func (t *trying) wait(ctx context.Context, v *visit) bool {
	for {
		select {
		case q := <-t.questions:
			verdict, err := v.ask(ctx, q.key)
			q.answer <- answer{verdict, err, err != nil && ctx.Err() != nil}
		case <-t.done:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// forget lets go of a connection that is lost.
func (j *jump) forget(c *client) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.client == c {
		j.client = nil
	}
}

// close hangs up. Nobody may wait any more.
func (j *jump) close() {
	j.mu.Lock()
	j.closed = stopped()
	if j.client != nil {
		j.client.Close()
	}
	j.mu.Unlock()
	j.all.Wait()
}

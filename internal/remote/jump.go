package remote

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"muster/internal/fleet"
)

// jump is a jump host as this worker sees it. All hosts behind it share one connection; where that is lost, it is made anew
// when the next host needs it.
type jump struct {
	ssh  *SSH
	host fleet.Host
	all  sync.WaitGroup // goroutines of its own

	mu     sync.Mutex
	link   *link    // nil: none
	trying *trying  // nil: nobody waits
	closed *failure // for good: to go on asking would have us shut out
}

// jump returns the one jump host that h is.
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

// jumpKey is the same for jump hosts that are one, reached and logged in to in one way, and called the same: the parent
// is asked about a jump host's key by what the host calls it that waits for it.
func jumpKey(h *fleet.Host) string {
	if h == nil {
		return ""
	}
	w := h.Way()
	return h.Label + " " + h.User + "@" + h.DialAddress() + " " + w.KnownAs + " " + strconv.Itoa(w.Login) + " " + strconv.Itoa(w.Trust) + " " + w.Proxy + "|" + jumpKey(w.Via)
}

// reach connects v's host through the jump host. One whose link was found to be silent goes through the next.
func (j *jump) reach(ctx, bounded context.Context, v *visit) (net.Conn, *failure) {
	v.stuck = nil
	for {
		l, f := j.connected(ctx, bounded, v)
		if f != nil {
			return nil, f
		}
		v.through = l
		v.progress.Store(&progress{phase: fleet.PhaseConnect, stuck: v.stuck})
		conn, f := l.tunnel(ctx, bounded, v)
		if f == nil || f.status != fleet.StatusTimeout || !f.again {
			return conn, f
		}
		v.stuck = f
	}
}

// connected enters the link, once there is one. A visit has its own time for that, whenever the attempt began that it waits
// for: one that took all of the jump host's time, of which the visit saw only the end, is followed by another.
func (j *jump) connected(ctx, bounded context.Context, v *visit) (*link, *failure) {
	for follows := false; ; follows = true {
		l, t, whole, f := j.join()
		if t == nil {
			return l, f
		}
		v.progress.Store(&progress{ahead: t.visit, stuck: v.stuck})
		ended := t.wait(bounded, v)
		f = v.overdue(ctx) // where it is: before the attempt is given up
		j.leave(t)
		switch {
		case !ended:
			return nil, f
		case t.failure == nil:
			t.link.enter()
			return t.link, nil
		case !t.late, whole, follows:
			f := *t.failure
			return nil, &f
		}
		v.stuck = t.failure
	}
}

// join returns what there is: the link, which it enters, the reason why there will be none, or the attempt to wait for, and
// whether that is only beginning.
func (j *jump) join() (l *link, t *trying, whole bool, f *failure) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.link != nil && j.link.worn() {
		j.link.retire()
		j.link = nil
	}
	switch {
	case j.closed != nil:
		f := *j.closed
		return nil, nil, false, &f
	case j.link != nil:
		j.link.enter()
		return j.link, nil, false, nil
	case j.trying == nil:
		ctx, cancel := context.WithCancel(context.Background())
		t := newTrying(j.ssh.visit(j.host), cancel)
		j.trying, whole = t, true
		j.all.Go(func() { j.try(ctx, t) })
	}
	j.trying.waiting++
	return nil, j.trying, whole, nil
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

// try makes the attempt. It takes no place at the jump host: all who wait for it would wait for that.
func (j *jump) try(ctx context.Context, t *trying) {
	v := t.visit
	v.deadline = after(v.login.timeout)
	j.ssh.pace.spend()
	f := v.locate(ctx)
	var c *client
	if f == nil {
		f = v.open(ctx, func(opened *client) *failure { c = opened; return nil })
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	defer close(t.done)
	if f != nil && f.hop == "" {
		f.hop = j.host.Label
	}
	if f != nil && (f.status == fleet.StatusAuth || f.status == fleet.StatusHostKey) {
		j.closed = f
	}
	switch {
	case j.trying != t: // nobody waits any more
		if f == nil {
			j.all.Go(func() { c.close(nil) })
		}
		return
	case f == nil:
		c.unwatch()
		c.wire.until(time.Time{}, 0)
		j.link = &link{client: c, label: j.host.Label, ahead: v.through, ended: make(chan struct{})}
		t.link = j.link
		j.all.Go(func() { j.watch(t.link) })
	default:
		f.again = false // it was
		t.failure, t.late = f, !v.deadline.IsZero() && !time.Now().Before(v.deadline)
	}
	j.trying = nil
}

// watch lets go of a link when it is lost.
func (j *jump) watch(l *link) {
	<-l.over
	close(l.ended)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.link == l {
		j.link = nil
	}
}

// close hangs up. Nobody may wait any more.
func (j *jump) close() {
	j.mu.Lock()
	l := j.link
	j.mu.Unlock()
	if l != nil {
		l.Close()
	}
	j.all.Wait()
}

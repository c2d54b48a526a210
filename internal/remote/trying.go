package remote

import (
	"context"

	"muster/internal/fleet"
)

// trying is an attempt to connect to a jump host, for all who wait. It ends when nobody waits any more.
type trying struct {
	visit     *visit
	cancel    context.CancelFunc
	waiting   int           // under the jump's mu
	questions chan question // about the jump host's key, for one of those who wait: the parent knows hosts in flight only
	done      chan struct{} // closed once the others stand
	link      *link
	failure   *failure
	late      bool // it took all its time
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

func newTrying(v *visit, cancel context.CancelFunc) *trying {
	t := &trying{visit: v, cancel: cancel, questions: make(chan question), done: make(chan struct{})}
	v.password, v.ask = nil, t.ask
	return t
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

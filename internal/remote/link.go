package remote

import (
	"sync"
	"sync/atomic"
	"time"
)

// link is a connection to a jump host, which the connections to the hosts behind it go through.
type link struct {
	*client
	label string        // the jump host's
	ahead *link         // what it goes through itself; nil: nothing
	ended chan struct{} // closed once it is lost

	mute    atomic.Bool  // it was given up because it said nothing
	hanging atomic.Int32 // channels that we are done with, but not the jump host

	mu      sync.Mutex
	users   int
	retired bool // nobody follows: it ends with its last user
}

// maxHanging is how many channels of a link may hang before another takes its place: an sshd holds on to a dead host for
// minutes, and a hostile one may for ever.
const maxHanging = 256

// worn reports whether too many channels hang.
func (l *link) worn() bool { return l.hanging.Load() >= maxHanging }

// enter says that there is one more user.
func (l *link) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users++
}

// leave says that there is one less.
func (l *link) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
	l.closeUnused()
}

// retire ends the link as soon as it has no users.
func (l *link) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = true
	l.closeUnused()
}

func (l *link) closeUnused() {
	if l.retired && l.users == 0 {
		go l.Close()
	}
}

// probe asks the jump host, and those before it, whether they are there, and hangs up on one that says nothing for that long.
func (l *link) probe(limit time.Duration) {
	for l := l; l != nil; l = l.ahead {
		began := time.Now()
		l.ask()
		time.AfterFunc(limit, func() {
			if l.asked.Load() != nil && !l.wire.heardSince(began) {
				l.mute.Store(true)
				l.wire.Close()
			}
		})
	}
}

// newsTime is how long the end of a link may be behind what it ends.
const newsTime = 50 * time.Millisecond

// lost returns the first link on the way that is lost; nil: none.
func (l *link) lost() (first *link) {
	for l := l; l != nil; l = l.ahead {
		if l.wire.ended() || within(l.ended, newsTime) {
			first = l
		}
	}
	return first
}

// silent returns the first jump host on the way that was asked and has said nothing since, for a while; "": none.
func (l *link) silent() (label string) {
	for l := l; l != nil; l = l.ahead {
		if asked := l.asked.Load(); asked != nil && time.Since(*asked) > probeAfter && !l.wire.heardSince(*asked) {
			label = l.label
		}
	}
	return label
}

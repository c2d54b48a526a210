package child

import (
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Adopt makes this process the parent of every descendant whose own parent ends (Linux only, elsewhere it does nothing).
// From then on, what a child with Session or HasChildren leaves behind is ended with it, whatever session that made for
// itself. A child with HasChildren must adopt too, or its own living children could lose theirs to another's end.
func Adopt() error {
	family.Lock()
	defer family.Unlock()
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	family.adopts = true
	return nil
}

// strays are what a child has left to this process: children that we did not start, of another session than ours. Nothing
// says whose a daemon was, only that it started no earlier than its ancestor. So it is ended with the last child whose it
// can be, and never while one lives whose it can be.
type strays struct {
	session bool
	began   int64 // ticks after boot: neither the child nor a stray of its is older
	stop    chan struct{}
	buried  sync.WaitGroup

	// Guarded by family's mutex:
	pid   int  // 0: not started yet
	ended bool // it can have no more strays
	cpu   cpu
}

// cpu is what strays took that were reaped.
type cpu struct{ user, system time.Duration }

// family holds our children that may lead sessions, from before they start until they are reaped: that alone tells them
// from strays. Its mutex is held over every look for strays and what is done with them: nobody else reaps them, so their
// numbers are theirs as long.
var family struct {
	sync.Mutex
	adopts   bool // the kernel would tell as well, but not without package unsafe
	children []*strays
}

// expectStrays is called before a child starts. It gives nil where the child can have none.
func expectStrays(spec Spec) *strays {
	if !spec.Session && !spec.HasChildren {
		return nil
	}
	s := &strays{session: spec.Session, began: now(), stop: make(chan struct{})}
	family.Lock()
	defer family.Unlock()
	family.children = append(family.children, s)
	return s
}

// of says which child it is, once that has started.
func (s *strays) of(pid int) {
	if s == nil {
		return
	}
	family.Lock()
	defer family.Unlock()
	s.pid = pid
	if s.session && family.adopts {
		s.buried.Go(s.bury)
	}
}

// bury reaps strays that end by themselves while the child lives, as init would: it may be waiting for their numbers to
// go.
func (s *strays) bury() {
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-s.stop:
			tick.Stop()
			return
		case <-tick.C:
		}
		var zombie unix.Siginfo
		if err := unix.Waitid(unix.P_ALL, 0, &zombie, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil); err != nil || zombie.Signo == 0 {
			continue
		}
		family.Lock()
		for _, p := range s.list() {
			s.reap(p.pid)
		}
		family.Unlock()
	}
}

// end ends the strays once the child has ended, before it is reaped, and says what they cost. A round ends one generation,
// whose children are ours after that. Rounds are limited, because nothing ends a process in uninterruptible sleep.
func (s *strays) end() cpu {
	if s == nil {
		return cpu{}
	}
	close(s.stop)
	s.buried.Wait()
	limit := time.Now().Add(time.Second)
	for empty := 0; empty < 2 && time.Now().Before(limit); { // one may have overlooked something: see children
		if s.round() {
			empty = 0
			time.Sleep(time.Millisecond)
		} else {
			empty++
		}
	}
	return s.cpu
}

// round kills all strays that are nobody else's and reports whether there were any.
func (s *strays) round() (found bool) {
	family.Lock()
	defer family.Unlock()
	s.ended = true
	if !family.adopts {
		return false
	}
	for _, p := range s.list() {
		if p.session != s.pid && slices.ContainsFunc(family.children, func(other *strays) bool { return other.mayHave(p) }) {
			continue
		}
		found = true
		_ = unix.Kill(p.pid, unix.SIGKILL)
		s.reap(p.pid)
	}
	return found
}

// mayHave reports whether p can be the stray of a child that lives. One with HasChildren adopts its own.
func (s *strays) mayHave(p process) bool { return s.session && !s.ended && p.start >= s.began }

// forget is called when the child is reaped, or was not started.
func (s *strays) forget() {
	if s == nil {
		return
	}
	family.Lock()
	defer family.Unlock()
	family.children = slices.DeleteFunc(family.children, func(other *strays) bool { return other == s })
}

// list lists what can be strays of this child, with those of others.
func (s *strays) list() []process {
	self := os.Getpid()
	session, err := unix.Getsid(0)
	if err != nil {
		return nil
	}
	var found []process
	for _, pid := range children(self) {
		p, ok := lookUp(pid)
		if ok && p.parent == self && p.session != session && p.start >= s.began && !leads(p) {
			found = append(found, p)
		}
	}
	return found
}

// leads reports whether p is a child that we started, or can be one that is just starting.
func leads(p process) bool {
	return slices.ContainsFunc(family.children, func(s *strays) bool {
		return s.pid == p.pid || s.pid == 0 && p.session == p.pid && p.start >= s.began
	})
}

// reap reaps a stray if it has ended.
func (s *strays) reap(pid int) {
	var usage unix.Rusage
	if got, err := unix.Wait4(pid, nil, unix.WNOHANG, &usage); err == nil && got == pid {
		s.cpu.user += time.Duration(usage.Utime.Nano())
		s.cpu.system += time.Duration(usage.Stime.Nano())
	}
}

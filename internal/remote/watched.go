package remote

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"muster/internal/fleet"
)

// watched is a network connection that knows how far the visit is, and remembers how the connection ended.
type watched struct {
	net.Conn
	ahead  *bufio.Reader // of it: see maxVersion
	unread chan struct{} // closed at the first error in reading: nothing is read any more

	mu       sync.Mutex
	settled  chan struct{} // closed when it no longer matters how the connection ends
	stood    bool          // when it was settled
	phase    fleet.Phase
	deadline time.Time     // zero: none
	limit    time.Duration // what deadline was made of
	lines    preamble
	refused  *failure // why the connection is about to fail, where we know better than the library
	readErr  error    // the first error, given to the library
	writeErr error
	heard    time.Time // when something came last
	bytes    int64     // how much has come
	most     int64     // how much may, while nothing is asked of it; 0: any
}

// maxVersion is how long a version line is, at most, in bytes (RFC 4253, section 4.2). The library reads it byte by byte, for which
// so much is read ahead, and all that follows in pieces that are larger: those are read straight to where they belong.
const maxVersion = 255

// watch takes over a fresh connection.
func watch(conn net.Conn) *watched {
	return &watched{
		Conn: conn, ahead: bufio.NewReaderSize(conn, maxVersion),
		settled: make(chan struct{}), unread: make(chan struct{}), phase: fleet.PhaseBanner,
	}
}

// until sets the one time at which all reading and writing ends; zero: never. It is what is left of limit.
func (w *watched) until(deadline time.Time, limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadline, w.limit = deadline, limit
	w.SetDeadline(deadline)
}

// reach says that the visit has come as far as phase.
func (w *watched) reach(phase fleet.Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phase = phase
}

// reached is how far the visit has come.
func (w *watched) reached() fleet.Phase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.phase
}

// heardSince reports whether anything has come since then.
func (w *watched) heardSince(then time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard.After(then)
}

// came is how many bytes have come.
func (w *watched) came() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes
}

// ended reports whether nothing more will come.
func (w *watched) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.readErr != nil || w.writeErr != nil
}

// refuse says why the connection is about to fail.
func (w *watched) refuse(why *failure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = why
}

// Read reads, and watches for the peer's version line and for the end.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ahead.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > 0 {
		w.heard = time.Now()
		w.bytes += int64(n)
	}
	if w.phase == fleet.PhaseBanner && n > 0 {
		if w.lines.add(p[:n]) {
			w.phase = fleet.PhaseKex
		} else if w.lines.count > maxPreamble {
			return 0, errPreamble
		}
	}
	if err == nil && w.most > 0 && w.bytes > w.most {
		err = errTalks
	}
	if err == nil {
		return n, nil
	}
	if w.phase == fleet.PhaseExec || w.phase == fleet.PhaseOutput {
		w.hold(err)
	}
	if w.readErr == nil {
		w.readErr = err
		close(w.unread)
	}
	return n, err
}

// Write writes, and remembers an error.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.writeErr == nil {
			w.writeErr = err
		}
	}
	return n, err
}

// grace is how long the end of a connection is kept from the library.
const grace = 250 * time.Millisecond

// hold keeps the news that the peer has hung up from the library for a while. The library ends a channel in the same
// way whether its peer closed it or the connection broke, and only the first means that all output has come. Packets
// read before are still on their way through it: if one closes the channel, the session ends with nothing amiss.
func (w *watched) hold(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return
	}
	settled := w.settled
	w.mu.Unlock()
	defer w.mu.Lock()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-settled:
	case <-timer.C:
	}
}

// settle says that the session has ended, and reports whether the connection stood until then, or seemed to. Only the
// first call counts.
func (w *watched) settle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.settled:
	default:
		close(w.settled)
		w.stood = w.readErr == nil && !w.late()
	}
	return w.stood
}

// timeUp reports whether the deadline has passed.
func (w *watched) timeUp() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late()
}

// late reports whether the deadline has passed. w.mu must be held.
func (w *watched) late() bool { return !w.deadline.IsZero() && !time.Now().Before(w.deadline) }

// closedByUs reports whether cause, for which the library gave up, is no more than the end that came after the session:
// we closed the connection, or the peer did when it no longer mattered.
func (w *watched) closedByUs(cause error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Is(cause, net.ErrClosed) || w.readErr != nil && errors.Is(cause, w.readErr)
}

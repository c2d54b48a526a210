package cli

import (
	"os"
	"sync"
	"time"

	"muster/internal/orchestrator"
)

// lastWords is how long a run that was ended has to stop its workers, which takes at most 0.8 s, and to say what is
// known.
const lastWords = 1800 * time.Millisecond

// ender turns what ends a run before its time — signals, the deadline, a reader that has gone — into stops, and
// remembers which it was. After the first of them there is time for last words; a second signal does not leave any.
type ender struct {
	stops    chan orchestrator.Stop
	stopping chan struct{} // closed at the first stop: nothing is to hold it up
	now      chan struct{} // closed when nothing is waited for any longer
	closed   chan struct{}
	lost     chan struct{} // closed once the reader of stdout has gone
	first    sync.Once
	done     sync.WaitGroup

	mu       sync.Mutex
	signal   os.Signal
	deadline bool
	gone     bool
}

// newEnder listens to signals, and for the deadline, a time from now; 0 is none.
func newEnder(signals <-chan os.Signal, deadline time.Duration) *ender {
	// There is room for each stop that there can be, so that giving one never waits.
	e := &ender{
		stops: make(chan orchestrator.Stop, 4), stopping: make(chan struct{}), now: make(chan struct{}), closed: make(chan struct{}),
		lost: make(chan struct{}),
	}
	var expired <-chan time.Time
	if deadline != 0 {
		expired = time.After(deadline)
	}
	e.done.Go(func() { e.watch(signals, expired) })
	return e
}

func (e *ender) watch(signals <-chan os.Signal, expired <-chan time.Time) {
	var last <-chan time.Time
	lost := e.lost
	for {
		select {
		case <-lost:
			lost = nil // once
		case <-e.closed:
			return
		case <-expired:
			e.mu.Lock()
			e.deadline = true
			e.mu.Unlock()
		case s := <-signals:
			e.mu.Lock()
			second := e.signal != nil
			if !second {
				e.signal = s
			}
			e.mu.Unlock()
			if second {
				e.endNow()
				return
			}
		case <-last:
			e.endNow()
			return
		}
		e.stop()
		if last == nil {
			last = time.After(lastWords)
		}
	}
}

func (e *ender) stop() {
	e.first.Do(func() { close(e.stopping) })
	e.stops <- orchestrator.Stop{}
}

func (e *ender) endNow() {
	e.stops <- orchestrator.Stop{Now: true}
	close(e.now)
}

// awaits does what may take as long as somebody who reads or watches it, and reports whether it came to its end before
// nothing was waited for any longer. What it has not ended goes on.
func (e *ender) awaits(do func()) bool {
	done := make(chan struct{})
	go func() {
		do()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-e.now:
		return false
	}
}

// lostReader ends the run because nobody reads what it writes.
func (e *ender) lostReader() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.gone {
		e.gone = true
		close(e.lost)
	}
}

// why fills in what ended the run.
func (e *ender) why(end *ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	end.signal, end.deadline, end.gone = e.signal, e.deadline, end.gone || e.gone
}

// close stops listening.
func (e *ender) close() {
	close(e.closed)
	e.done.Wait()
}

package cli

import (
	"os"
	"sync"
	"time"

	"muster/internal/orchestrator"
)

// ender turns what ends a run before its time — signals, the deadline, a reader that has gone — into stops, and
// remembers which it was. The first signal stops; the second ends the run now.
type ender struct {
	stops  chan orchestrator.Stop
	now    chan struct{} // closed by the second signal
	closed chan struct{}
	done   sync.WaitGroup

	mu       sync.Mutex
	signal   os.Signal
	deadline bool
	gone     bool
}

func newEnder(signals <-chan os.Signal, deadline time.Duration, limited bool) *ender {
	// There is room for each stop that there can be, so that giving one never waits.
	e := &ender{stops: make(chan orchestrator.Stop, 4), now: make(chan struct{}), closed: make(chan struct{})}
	var expired <-chan time.Time
	if limited {
		timer := time.NewTimer(deadline)
		expired = timer.C
	}
	e.done.Go(func() { e.watch(signals, expired) })
	return e
}

func (e *ender) watch(signals <-chan os.Signal, expired <-chan time.Time) {
	for {
		select {
		case <-e.closed:
			return
		case <-expired:
			e.mu.Lock()
			e.deadline = true
			e.mu.Unlock()
			e.stops <- orchestrator.Stop{}
		case s := <-signals:
			e.mu.Lock()
			second := e.signal != nil
			if !second {
				e.signal = s
			}
			e.mu.Unlock()
			e.stops <- orchestrator.Stop{Now: second}
			if second {
				close(e.now)
				return
			}
		}
	}
}

// lostReader ends the run because nobody reads what it writes.
func (e *ender) lostReader() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.gone {
		e.gone = true
		e.stops <- orchestrator.Stop{}
	}
}

// why fills in what ended the run.
func (e *ender) why(end *ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	end.signal, end.deadline, end.gone = e.signal, e.deadline, e.gone
}

// close stops listening.
func (e *ender) close() {
	close(e.closed)
	e.done.Wait()
}

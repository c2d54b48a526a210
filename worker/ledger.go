package worker

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// ledger knows which hosts the parent has fed, which have begun and which are answered, so that each gets exactly one
// outcome whatever the task does.
type ledger struct {
	up    *uplink
	hosts chan fleet.Host // what the task takes from; holds a whole window, so that feeding never waits

	mu       sync.Mutex
	open     map[int]bool // unanswered feeds; true once begun
	ended    bool
	grouped  bool // a group frame has answered what is open
	outcomes int
}

func newLedger(up *uplink, window int) *ledger {
	return &ledger{up: up, hosts: make(chan fleet.Host, window), open: map[int]bool{}}
}

func (l *ledger) feed(hosts []fleet.Host) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return errors.New("hosts after the end")
	}
	for _, h := range hosts {
		if _, fed := l.open[h.Num]; fed {
			return fmt.Errorf("host %d fed twice", h.Num)
		}
		if len(l.open) == cap(l.hosts) {
			return fmt.Errorf("more than %d hosts unanswered", cap(l.hosts))
		}
		l.open[h.Num] = false
		l.hosts <- h // has room: it holds only what is open
	}
	return nil
}

// feedItems feeds items as hosts of which there is no more than a label.
func (l *ledger) feedItems(items wire.Items) error {
	if len(items.Lines) == 0 || items.Lines[len(items.Lines)-1] != '\n' {
		return errors.New("items without an end")
	}
	var hosts []fleet.Host
	for line := range bytes.Lines(items.Lines) {
		hosts = append(hosts, fleet.Host{Num: items.First + len(hosts), Label: string(line[:len(line)-1])})
	}
	return l.feed(hosts)
}

func (l *ledger) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return errors.New("a second end")
	}
	l.ended = true
	close(l.hosts)
	return nil
}

// emit sends an event up.
func (l *ledger) emit(event fleet.Event) {
	var frame wire.Up
	switch e := event.(type) {
	case fleet.Start:
		if e.Attempt == 0 {
			l.mu.Lock()
			l.open[e.Num] = true
			l.mu.Unlock()
		}
		frame.Start = &e
	case fleet.Output:
		frame.Output = &e
	case fleet.Outcome:
		l.mu.Lock()
		delete(l.open, e.Num)
		l.outcomes++
		l.mu.Unlock()
		frame.Outcome = &wire.Outcome{Num: e.Num, Extra: e.Extra, Outcome: e}
	case fleet.Group:
		l.mu.Lock()
		l.grouped = true
		l.mu.Unlock()
		frame.Group = &e
	}
	l.up.send(frame)
}

// close answers, after the task returned, for every host that it did not: canceled what had begun, skipped the rest.
// Where the task was not stopped, an unanswered host is the task's error. It returns how many outcomes were sent.
func (l *ledger) close(stopped bool) (int, error) {
	l.mu.Lock()
	l.ended = true // whatever still comes down finds no taker
	open := maps.Clone(l.open)
	grouped := l.grouped
	l.mu.Unlock()
	switch {
	case grouped:
		return l.outcomes, nil
	case len(open) > 0 && !stopped:
		return 0, fmt.Errorf("%d hosts were left without an outcome", len(open))
	}
	for _, num := range slices.Sorted(maps.Keys(open)) {
		outcome := fleet.Outcome{Num: num, Status: fleet.StatusSkipped}
		if open[num] {
			outcome.Status = fleet.StatusCanceled
		}
		l.emit(outcome)
	}
	return l.outcomes, nil
}

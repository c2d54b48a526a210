package worker

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// ledger knows which hosts the parent has fed, which have begun and which are answered, so that each gets exactly one
// outcome whatever the task does.
type ledger struct {
	up     *uplink
	window int
	hosts  chan fleet.Host // what the task takes from; holds a whole window, so that feeding never waits
	group  chan Labels     // or, at the end, that; holds one

	midway func() // is called at outcomes 1, 16, 256 …, and at each start of a group

	mu       sync.Mutex
	feeds    feeds
	labels   Labels
	ended    bool
	grouped  bool // a group frame has answered what is open
	outcomes int
}

// maxHosts bounds the hosts that a task may have yet to begin: twice what a run may have in flight. A group may be larger.
const maxHosts = 1024

func newLedger(up *uplink, window int, midway func()) *ledger {
	return &ledger{up: up, window: window, midway: midway, hosts: make(chan fleet.Host, min(window, maxHosts)), group: make(chan Labels, 1)}
}

func (l *ledger) feed(hosts []fleet.Host) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range hosts {
		if err := l.add(h.Num, 1); err != nil {
			return err
		}
		select {
		case l.hosts <- h:
		default:
			return fmt.Errorf("more than %d hosts to begin", cap(l.hosts))
		}
	}
	return nil
}

// feedItems feeds hosts of which there is no more than a label.
func (l *ledger) feedItems(items wire.Items) error {
	if len(items.Lines) == 0 || items.Lines[len(items.Lines)-1] != '\n' {
		return errors.New("items without an end")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	count := bytes.Count(items.Lines, []byte("\n"))
	switch {
	case l.labels.Count == 0:
		l.labels.First = items.First
	case items.First != l.labels.First+l.labels.Count:
		return fmt.Errorf("item %d out of turn", items.First)
	}
	l.labels.Count += count
	l.labels.Lines = append(l.labels.Lines, items.Lines...)
	return l.add(items.First, count)
}

// add opens count feeds, the numbers from first on.
func (l *ledger) add(first, count int) error {
	switch {
	case l.ended:
		return errors.New("hosts after the end")
	case l.feeds.open+count > l.window:
		return fmt.Errorf("more than %d hosts unanswered", l.window)
	case !l.feeds.add(first, count):
		return fmt.Errorf("host %d fed twice", first)
	}
	return nil
}

func (l *ledger) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return errors.New("a second end")
	}
	l.ended = true
	close(l.hosts)
	l.group <- l.labels
	return nil
}

// emit sends an event up.
func (l *ledger) emit(event fleet.Event) {
	var frame wire.Up
	switch e := event.(type) {
	case fleet.Start:
		if e.Attempt == 0 {
			l.mu.Lock()
			l.feeds.set(e.Num, begun)
			l.mu.Unlock()
		} else {
			l.midway()
		}
		frame.Start = &e
	case fleet.Output:
		frame.Output = &e
	case fleet.Outcome:
		l.mu.Lock()
		l.feeds.set(e.Num, answered)
		l.outcomes++
		outcomes := l.outcomes
		l.mu.Unlock()
		if outcomes&(outcomes-1) == 0 && bits.Len(uint(outcomes))%4 == 1 {
			l.midway()
		}
		frame.Outcome = &wire.Outcome{Num: e.Num, Extra: e.Extra, CPU: e.CPU, Outcome: e}
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
	open, grouped := l.feeds.open, l.grouped
	var left []fleet.Outcome
	if !grouped {
		l.feeds.each(func(num int, s state) {
			o := fleet.Outcome{Num: num, Status: fleet.StatusSkipped}
			if s == begun {
				o.Status = fleet.StatusCanceled
			}
			left = append(left, o)
		})
	}
	l.mu.Unlock()
	if open > 0 && !grouped && !stopped {
		return 0, fmt.Errorf("%d hosts were left without an outcome", open)
	}
	for _, o := range left {
		l.emit(o)
	}
	return l.outcomes, nil
}

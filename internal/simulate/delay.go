package simulate

import (
	"net"
	"slices"
	"sync"
	"time"
)

// link is the server's end of a connection, with or without latency.
type link interface {
	net.Conn
	SetLinger(seconds int) error
}

// delayedWrites bounds how many writes are under way on one connection; further ones wait.
const delayedWrites = 32

// delayed is a connection on which what is written leaves a latency later, in order. Several writes may be under way
// at once, so that it costs time for each round trip and not for each write.
type delayed struct {
	link
	latency time.Duration
	queue   chan write    // closed by Close
	stopped chan struct{} // the fleet's
	ended   chan struct{} // closed once nothing is sent any more

	mu     sync.Mutex // held to send on queue, and to close it
	closed bool
}

type write struct {
	due  time.Time
	data []byte
}

// delay puts the fleet's latency on a connection. flush must be called once later, before the connection is closed.
func (f *Fleet) delay(conn link) *delayed {
	d := &delayed{
		link:    conn,
		latency: f.config.Latency,
		queue:   make(chan write, delayedWrites),
		stopped: f.stopped,
		ended:   make(chan struct{}),
	}
	f.running.Go(func() { d.send() })
	return d
}

// Write copies data and returns before it is sent; a failure to send is told by a later Write.
func (d *delayed) Write(data []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return 0, net.ErrClosed
	}
	select {
	case d.queue <- write{time.Now().Add(d.latency), slices.Clone(data)}:
		return len(data), nil
	case <-d.ended:
		return 0, net.ErrClosed
	}
}

// Close returns at once. What was written is still sent, and then the connection closed.
func (d *delayed) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.closed = true
		close(d.queue)
	}
	return nil
}

// flush returns once all that was written has been sent and the connection is closed.
func (d *delayed) flush() {
	d.Close()
	<-d.ended
}

// send writes what is due until the queue is closed and empty, a write fails, or the fleet is closed.
func (d *delayed) send() {
	defer close(d.ended)
	defer d.link.Close()
	for w := range d.queue {
		select {
		case <-time.After(time.Until(w.due)):
		case <-d.stopped:
			return
		}
		if _, err := d.link.Write(w.data); err != nil {
			return
		}
	}
}

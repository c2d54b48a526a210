package remote

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Where a host goes on talking behind what makes no sense, or takes no answers, the library never ends its connection: the
// goroutine that reads waits for somebody to take a packet, for ever (handshakeTransport.readLoop, x/crypto v0.58). It is
// left behind after a while, with the packets that wait: no more than came, nor than maxLeft. Where those that were left
// behind may hold as much as mayBeLeft, the visit waits with the library, and the worker is ended for it.
const (
	leaveAfter = 500 * time.Millisecond
	maxLeft    = 18 * 256 << 10 // 16 in a channel, and one in each hand
	mayBeLeft  = 64 << 20
)

// left is how many bytes those connections of this process may hold that were left behind.
var left atomic.Int64

// close hangs up and returns why the connection ended, if it was not that, else err.
func (c *client) close(err error) error {
	c.Close()
	<-c.over
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	cause := net.ErrClosed
	if c.wire.released(ended) {
		cause = c.Wait()
	}
	if err == nil || !errors.Is(cause, net.ErrClosed) {
		return cause
	}
	return err
}

// released waits for the library to have ended a connection that was closed, and reports whether it has: else that was left
// behind.
func (w *watched) released(ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	case <-time.After(leaveAfter):
	}
	if holds := min(w.came(), maxLeft); left.Add(holds) > mayBeLeft {
		<-ended
		left.Add(-holds)
		return true
	}
	return false
}

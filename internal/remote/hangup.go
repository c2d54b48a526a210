package remote

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Where a host goes on talking behind what makes no sense, or takes no answers, the library never ends its connection: one
// goroutine of it waits for another to hand over a packet, and that for somebody to take it, for ever (mux.loop and
// handshakeTransport.readLoop, x/crypto v0.58). It is left behind after a while, with the packets that wait: no more than came,
// nor than maxLeft. Where all that were left behind may hold as much as mayBeLeft, the visit waits with the library, and
// the worker is ended for it.
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
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	cause := net.ErrClosed
	select {
	case cause = <-ended:
	case <-time.After(leaveAfter):
		if holds := min(c.wire.came(), maxLeft); left.Add(holds) > mayBeLeft {
			cause = <-ended
			left.Add(-holds)
		}
	}
	if err == nil || !errors.Is(cause, net.ErrClosed) {
		return cause
	}
	return err
}

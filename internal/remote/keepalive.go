package remote

import (
	"fmt"
	"sync/atomic"
	"time"

	"muster/internal/fleet"
)

// keepAlive asks a host that is silent, now and then, whether it is there, until the returned function is called. One that
// leaves too many questions unanswered is given up: its network is gone, and a command without a time limit would be
// waited for in vain.
func (c *client) keepAlive() (stop func()) {
	after, most := c.login.keepAlive()
	if after == 0 {
		return func() {}
	}
	stopped := make(chan struct{})
	var unanswered atomic.Int64
	go func() {
		ticker := time.NewTicker(after)
		defer ticker.Stop()
		for {
			began := time.Now()
			select {
			case <-stopped:
				return
			case <-ticker.C:
			}
			switch {
			case c.wire.heardSince(began):
				unanswered.Store(0)
			case unanswered.Add(1) > int64(most):
				text := fmt.Sprintf("silent: %d keep-alives, %v apart, were not answered", most, after)
				c.wire.refuse(&failure{status: fleet.StatusTimeout, phase: c.wire.reached(), text: text})
				c.wire.Close()
				return
			default:
				go c.SendRequest("keepalive@openssh.com", true, nil) // its answer is heard
			}
		}
	}()
	return func() { close(stopped) }
}

package remote

import (
	"fmt"
	"time"

	"muster/internal/fleet"
)

// ask asks the other side to say something, unless it has yet to answer the last time.
func (c *client) ask() {
	if now := time.Now(); c.asked.CompareAndSwap(nil, &now) {
		go func() {
			c.SendRequest("keepalive@openssh.com", true, nil)
			c.asked.Store(nil)
		}()
	}
}

// keepAlive asks a host that is silent, now and then, whether it is there, and the jump hosts on the way, until the returned
// function is called. One that is silent for too long is given up: its network is gone, and a command without a time limit
// would be waited for in vain.
func (c *client) keepAlive(through *link) (stop func()) {
	after, most := c.login.keepAlive()
	if after == 0 {
		return func() {}
	}
	stopped := make(chan struct{})
	go c.keepAsking(through, after, most, stopped)
	return func() { close(stopped) }
}

func (c *client) keepAsking(through *link, after time.Duration, most int, stopped chan struct{}) {
	ticker := time.NewTicker(after)
	defer ticker.Stop()
	for unanswered := 0; ; {
		began := time.Now()
		select {
		case <-stopped:
			return
		case <-ticker.C:
		}
		if c.wire.heardSince(began) {
			unanswered = 0
			continue
		}
		if unanswered++; unanswered > most {
			text := fmt.Sprintf("silent: %d keep-alives, %v apart, were not answered", most, after)
			c.wire.refuse(&failure{status: fleet.StatusTimeout, phase: c.wire.reached(), hop: through.silent(), text: text})
			c.wire.Close()
			return
		}
		c.ask()
		for l := through; l != nil; l = l.ahead {
			l.ask()
		}
	}
}

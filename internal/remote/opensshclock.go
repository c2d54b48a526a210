package remote

import (
	"sync"
	"time"
)

// clock ends something when its time is up. The time for one part may be followed by that for another.
type clock struct {
	end func()

	mu       sync.Mutex
	timer    *time.Timer
	deadline time.Time     // zero: none
	limit    time.Duration // what deadline was made of
	up       bool
}

// until sets another deadline (zero: none), which is what is left of limit, unless the one before has passed.
func (c *clock) until(deadline time.Time, limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.up {
		return
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.deadline, c.limit = deadline, limit
	if !deadline.IsZero() {
		c.timer = time.AfterFunc(time.Until(deadline), c.ring)
	}
}

// ring ends what is timed, if it is for the present deadline that it rings.
func (c *clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || time.Now().Before(c.deadline) {
		return
	}
	c.up = true
	c.end()
}

// stop stops the clock.
func (c *clock) stop() { c.until(time.Time{}, 0) }

// late reports whether time was up, and what it was made of.
func (c *clock) late() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit, c.up
}

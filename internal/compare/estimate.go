package compare

import (
	"time"

	"muster/internal/strategy"
)

// Cost is what a job costs when it is done serially.
type Cost struct {
	Start time.Duration // before the first item, and after the last
	CPU   time.Duration // of an item, on a processor
	Wait  time.Duration // of an item, beside that
}

// Wall is about how long a sample of arm takes: no shorter than its processors need, nor than what is in flight waits.
func (c Cost) Wall(arm Arm, items, cores int) time.Duration {
	flight := arm.InFlight(items)
	at := 1 // strategies of one worker in one process have one core
	if strategy.Chunked(arm.Strategy) {
		at = min(flight, cores)
	}
	n := time.Duration(items)
	return c.Start + max(n*c.CPU/time.Duration(at), n*(c.CPU+c.Wait)/time.Duration(max(flight, 1)))
}

package child

import (
	"context"
	"time"
)

// How long to wait before the next try where this machine has run out of something.
const (
	shortestHold = 10 * time.Millisecond
	longestHold  = 500 * time.Millisecond
)

// StartInTime is Start, but where this machine has no process to spare, nor memory or descriptors, it waits until there
// are some, or ctx ends: then it returns the last refusal.
func StartInTime(ctx context.Context, spec Spec) (*Child, error) {
	for hold := shortestHold; ; hold = min(2*hold, longestHold) {
		c, err := Start(spec)
		if WhyRefused(err) != Scarce {
			return c, err
		}
		select {
		case <-time.After(hold):
		case <-ctx.Done():
			return nil, err
		}
	}
}

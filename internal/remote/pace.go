package remote

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// pace limits how many connections are begun in a second. Its nil value sets no limit.
type pace struct{ limiter *rate.Limiter }

// newPace allows the first connection after a while, and each next one 1/limit seconds later.
func newPace(limit float64, first time.Duration) *pace {
	if limit <= 0 {
		return nil
	}
	p := &pace{rate.NewLimiter(rate.Limit(limit), 1)}
	interval := time.Duration(float64(time.Second) / limit)
	p.limiter.ReserveN(time.Now().Add(first-interval), 1)
	return p
}

// wait waits for a connection's turn, and reports false if ctx is done first.
func (p *pace) wait(ctx context.Context) bool {
	if p == nil {
		return ctx.Err() == nil
	}
	return p.limiter.Wait(ctx) == nil
}

// spend takes a connection that cannot wait: who comes next waits for it.
func (p *pace) spend() {
	if p != nil {
		p.limiter.Reserve()
	}
}

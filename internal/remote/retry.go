package remote

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// firstPause is the mean pause before the first retry. It doubles from one to the next. A server that turns connections away
// (MaxStartups of sshd) has by then let in most of those that it took.
const firstPause = 500 * time.Millisecond

// retries is how often hosts that hang up early are tried again.
type retries struct {
	each   int          // for one host
	budget atomic.Int64 // for all hosts together
}

// visit makes an attempt, and another after each that may be made again, as long as there are retries left and time for
// them before deadline (zero: none).
func (r *retries) visit(ctx context.Context, deadline time.Time, attempt func() *failure) *failure {
	f := attempt()
	for n, pause := 0, firstPause; f != nil && f.again && n < r.each && r.take(deadline, pause) && sleep(ctx, pause); n++ {
		f = attempt()
		pause *= 2
	}
	return f
}

// take reports whether there is a retry left for all, and time for it; then it is spent.
func (r *retries) take(deadline time.Time, pause time.Duration) bool {
	return leaves(deadline, pause) && r.budget.Add(-1) >= 0
}

// refund gives a retry back, up to so many: where hosts are visited for ever, for each visit that went well.
func (r *retries) refund(most int) {
	for {
		left := r.budget.Load()
		if left >= int64(most) || r.budget.CompareAndSwap(left, max(left, 0)+1) {
			return
		}
	}
}

// leaves reports whether there is time for a retry after a pause, before deadline (zero: none).
func leaves(deadline time.Time, pause time.Duration) bool {
	return deadline.IsZero() || time.Until(deadline) >= 2*pause
}

// sleep waits for pause, give or take half, and reports false if ctx is done before that.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause/2 + rand.N(pause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

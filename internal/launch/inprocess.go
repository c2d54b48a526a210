package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrAbandoned is the Exit.Err of an in-process worker that went on after Kill. Its goroutines, and what they hold, are
// there until this process ends: nothing can end a goroutine from outside.
var ErrAbandoned = errors.New("goroutine abandoned: it ignored the end of its pipes and of its context")

// abandonAfter is how long a worker may go on after Kill before it is abandoned.
const abandonAfter = 300 * time.Millisecond

// InProcess launches each worker as a goroutine of this process. It shares memory and fate with all others: a panic in
// it is not recovered and ends the run.
type InProcess struct {
	// Serve is the worker. It reads what it is told from in, says what it has to say on out, and returns when it is
	// done, when in ends, or when ctx does. Neither pipe has a buffer: a Write waits for its Read.
	Serve func(ctx context.Context, in io.Reader, out io.Writer) error
}

// Launch starts a goroutine around Serve. The worker's exit code is 0 where Serve returns nil; otherwise it is 1, and
// the error is its stderr.
func (l InProcess) Launch(ctx context.Context, id, _ int) (Worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g := &goroutine{cancel: cancel, ended: make(chan struct{})}
	g.in, g.stdin = io.Pipe()
	g.stdout, g.out = io.Pipe()
	go func() { g.end(exitOf(l.Serve(ctx, g.in, g.out))) }()
	return g, nil
}

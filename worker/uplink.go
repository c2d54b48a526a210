package worker

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"muster/internal/wire"
)

// beatEvery is how long a worker may say nothing.
const beatEvery = time.Second

// uplink writes frames, each with one Write. The first write that fails stops the worker.
type uplink struct {
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	out  io.Writer
	last time.Time // of the last frame
	err  error
}

func newUplink(out io.Writer, cancel context.CancelCauseFunc) *uplink {
	return &uplink{out: out, cancel: cancel}
}

func (u *uplink) send(frame wire.Up) {
	line, err := wire.EncodeUp(frame)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return
	}
	if err == nil {
		_, err = u.out.Write(line)
		u.last = time.Now()
	}
	if err != nil {
		u.err = fmt.Errorf("output write: %w", err)
		u.cancel(u.err)
	}
}

func (u *uplink) error() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// beat sends a beat whenever nothing else was sent for a second, until ctx ends.
func (u *uplink) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			u.mu.Lock()
			idle := now.Sub(u.last) >= beatEvery
			u.mu.Unlock()
			if idle {
				u.send(wire.Up{Beat: &wire.Beat{}})
			}
		}
	}
}

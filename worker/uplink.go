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

// uplink writes frames, each with one Write. The first that cannot be written stops the worker.
type uplink struct {
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	out  io.Writer
	last time.Time // of the last frame
	err  error
}

func newUplink(out io.Writer, cancel context.CancelCauseFunc) *uplink {
	return &uplink{out: out, cancel: cancel, last: time.Now()}
}

// send sends a frame. One that cannot be encoded counts as one that cannot be written.
func (u *uplink) send(frame wire.Up) {
	line, err := wire.EncodeUp(frame)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.write(line, err)
}

func (u *uplink) write(line []byte, err error) {
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

// beat sends a beat whenever nothing else was sent for beatEvery, until ctx ends.
func (u *uplink) beat(ctx context.Context) {
	due := time.NewTimer(beatEvery)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			due.Reset(u.beatWhenDue())
		}
	}
}

// beatWhenDue returns how long from now the next beat may be due.
func (u *uplink) beatWhenDue() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if time.Since(u.last) >= beatEvery {
		u.write(wire.EncodeUp(wire.Up{Beat: &wire.Beat{}}))
	}
	return beatEvery - time.Since(u.last)
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"muster/internal/wire"
)

// beatEvery is how long a worker may say nothing.
const beatEvery = time.Second

// uplink writes frames, each with one Write. The first that cannot be written stops the worker.
type uplink struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	// turn holds a token while somebody uses what follows. It is no mutex because it is held for as long as the parent is
	// slow, and only waits at channels let time pass in a bubble of testing/synctest.
	turn chan struct{}
	out  io.Writer
	last time.Time // of the last frame
	err  error
}

func newUplink(ctx context.Context, out io.Writer, cancel context.CancelCauseFunc) *uplink {
	return &uplink{ctx: ctx, turn: make(chan struct{}, 1), out: out, cancel: cancel, last: time.Now()}
}

// send sends a frame. One that cannot be encoded counts as one that cannot be written.
func (u *uplink) send(frame wire.Up) {
	line, err := wire.EncodeUp(frame)
	u.turn <- struct{}{}
	defer func() { <-u.turn }()
	u.write(line, err)
}

func (u *uplink) write(line []byte, err error) {
	if u.err == nil && errors.Is(context.Cause(u.ctx), errTermed) {
		u.err = errTermed // what a task says of its end would be taken for its own doing
	}
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
	u.turn <- struct{}{}
	defer func() { <-u.turn }()
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
	u.turn <- struct{}{}
	defer func() { <-u.turn }()
	if time.Since(u.last) >= beatEvery {
		u.write(wire.EncodeUp(wire.Up{Beat: &wire.Beat{}}))
	}
	return beatEvery - time.Since(u.last)
}

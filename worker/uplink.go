package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"muster/internal/wire"
)

// beatEvery is how long a worker may say nothing.
const beatEvery = time.Second

// uplink writes frames, those together that many goroutines have at the same time. The first that cannot be written stops
// the worker.
type uplink struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	next *batch // which others may still join; nil: none is under way

	// turn holds a token while somebody uses what follows. It is no mutex because it is held for as long as the parent is
	// slow, and only waits at channels let time pass in a bubble of testing/synctest.
	turn chan struct{}
	out  io.Writer
	last time.Time // of the last frame
	err  error
}

// batch is frames that are written with one Write, no more than a pipe takes whole.
type batch struct {
	lines   []byte
	written chan struct{} // closed once they are, or cannot be
}

func newUplink(ctx context.Context, out io.Writer, cancel context.CancelCauseFunc) *uplink {
	return &uplink{ctx: ctx, turn: make(chan struct{}, 1), out: out, cancel: cancel, last: time.Now()}
}

// send sends a frame, and returns once it is written. One that cannot be encoded counts as one that cannot be written.
func (u *uplink) send(frame wire.Up) {
	line, err := wire.EncodeUp(frame)
	if err != nil {
		u.turn <- struct{}{}
		defer func() { <-u.turn }()
		u.fail(err)
		return
	}
	b, others := u.join(line)
	if others {
		<-b.written
		return
	}
	runtime.Gosched() // where others run first, they say with us what they have to say; nobody is in a hurry for it then
	u.turn <- struct{}{}
	defer func() { <-u.turn }()
	u.leave(b)
	u.write(b.lines)
	close(b.written)
}

// join adds a frame to those that are to be written next, and reports whether others, who will write them, came before.
func (u *uplink) join(line []byte) (b *batch, others bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.next != nil && len(u.next.lines)+len(line) <= wire.MaxUp {
		u.next.lines = append(u.next.lines, line...)
		return u.next, true
	}
	u.next = &batch{lines: line, written: make(chan struct{})}
	return u.next, false
}

// leave lets nobody join any more.
func (u *uplink) leave(b *batch) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.next == b {
		u.next = nil
	}
}

func (u *uplink) write(lines []byte) {
	if u.err == nil && errors.Is(context.Cause(u.ctx), errTermed) {
		u.err = errTermed // what a task says of its end would be taken for its own doing
	}
	if u.err != nil {
		return
	}
	_, err := u.out.Write(lines)
	u.last = time.Now()
	if err != nil {
		u.fail(err)
	}
}

func (u *uplink) fail(err error) {
	if u.err == nil {
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
		line, _ := wire.EncodeUp(wire.Up{Beat: &wire.Beat{}})
		u.write(line)
	}
	return beatEvery - time.Since(u.last)
}

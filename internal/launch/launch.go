// Package launch is the seam between a run and its workers: one interface, behind which a worker is a goroutine of this
// process or a process of its own, on this machine or wherever a prefix takes it.
package launch

import (
	"context"
	"io"

	"muster/internal/child"
)

// Launcher starts workers.
type Launcher interface {
	// Launch starts worker number id, in one of the run's places, which are numbered from 0: as many as chunks. The context
	// bounds the launch alone; the worker lives on until it ends by itself or is asked to. Whoever launched it must read it
	// until io.EOF and Wait for it, however it ends.
	Launch(ctx context.Context, id, place int) (Worker, error)
}

// Worker is one running worker. Its methods may be called at any time by any goroutine, except that Read takes one
// caller at a time.
//
// To stop a worker, take the steps in turn, with some time between: CloseWrite, Terminate, Kill. Only Kill is sure.
type Worker interface {
	io.Reader          // what it says; io.EOF once it has ended and all it said was read
	io.Writer          // what it is told; an error once it has ended
	CloseWrite() error // asks it to stop: it reads io.EOF
	Terminate() error  // urges it to stop; nothing once it has ended
	Kill() error       // ends it and its children, now; nothing once it has ended
	Wait() Exit        // blocks until it has ended, then says how
	Pid() int          // of the process it runs in
}

// Exit is how a worker ended and what it cost.
type Exit = child.Exit

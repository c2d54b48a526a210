package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"muster/internal/hide"
	"muster/internal/wire"
)

const explanation = `muster worker is the child's side of muster: it reads a job from its standard input and
writes frames to its standard output. muster starts it; there is nothing to type here.
Try "muster demo", or "muster --help".
`

// The exit codes of a worker process. What its hosts did is in its frames and never in its exit code.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 64 // EX_USAGE of sysexits.h
)

// errTermed is why a worker stops that was sent SIGTERM: at once, and without a word, as if the signal had ended it, but
// not before what it started has ended.
var errTermed = errors.New("terminated")

// Main serves as a worker process on the standard streams and returns its exit code. The real standard output carries
// frames alone: whatever else the process prints goes to standard error. SIGTERM, which comes by terms, ends it.
func Main(ctx context.Context, terms <-chan os.Signal, open Open) int {
	if term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprint(os.Stderr, explanation)
		return exitUsage
	}
	input := takeStdin() // before what is in /proc of a hidden process is out of its own reach
	if err := protect(); err != nil {
		fmt.Fprintf(os.Stderr, "muster worker: %v\n", err)
		return exitFailed
	}
	frames, err := takeStdout()
	if err != nil {
		fmt.Fprintf(os.Stderr, "muster worker: %v\n", err)
		return exitFailed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-terms:
			cancel(errTermed)
		case <-ctx.Done():
		}
	}()
	err = serve(ctx, input, frames, func(job wire.Job, ask Ask) (Task, error) {
		limitMemory(job)
		return open(job, ask)
	}, new(alone))
	switch {
	case errors.Is(err, errTermed):
		return wire.ExitTerminated
	case err != nil:
		fmt.Fprintf(os.Stderr, "muster worker: %v\n", err)
		return exitFailed
	}
	return exitDone
}

// protect hides the memory of this process, which holds the keys of the job. Before, it puts the process in its parent's
// place where memory runs out: once hidden, it may not write its own score, unless it is root's.
func protect() error {
	offer()
	return hide.Memory()
}

// takeStdout returns the real standard output and points descriptor 1 and os.Stdout at standard error.
func takeStdout() (io.Writer, error) {
	fd, err := unix.FcntlInt(os.Stdout.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("stdout: %w", err)
	}
	if err := redirect(int(os.Stderr.Fd()), int(os.Stdout.Fd())); err != nil {
		return nil, fmt.Errorf("stdout: %w", err)
	}
	os.Stdout = os.Stderr
	return os.NewFile(uintptr(fd), "frames"), nil
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"muster/internal/wire"
)

// errStop is why a task is cancelled when the parent closes our input.
var errStop = errors.New("stopped by the parent")

// Serve is one worker: hello up, job and hosts down, outcomes up, done up. It returns nil once done is written.
//
// When in ends before done, the parent wants it to stop: what has not begun is reported as skipped, what is in flight
// is cut off and reported as canceled, and done follows. A frame that breaks the protocol, a task that cannot be
// opened and an output that cannot be written are errors. After it returned, a goroutine may still wait in in.Read:
// who passed in closes it.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Open) error {
	return serve(ctx, in, out, open, unmeasured{})
}

func serve(ctx context.Context, in io.Reader, out io.Writer, open Open, gauge gauge) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	up := newUplink(ctx, out, cancel)
	up.send(wire.Up{Hello: &wire.Hello{Protocol: wire.Version, Build: wire.BuildID(), PID: os.Getpid(), Node: node()}})
	if err := up.error(); err != nil {
		return err
	}
	go up.beat(ctx)

	down := wire.NewDownReader(in)
	job, err := readJob(down)
	if err != nil {
		return err
	}
	asks := newAsks(up)
	task, err := open(job, asks.ask)
	if err != nil {
		return fmt.Errorf("task %s: %w", job.Task, err)
	}
	ledger := newLedger(up, job.Window, gauge.midway)
	go func() {
		if err := receive(down, ledger, asks); err != nil {
			cancel(err)
		}
	}()

	err = task.Do(ctx, Feed{Hosts: ledger.hosts, Group: ledger.group}, ledger.emit)
	cause := context.Cause(ctx)
	switch {
	case cause != nil && !errors.Is(cause, errStop) && !errors.Is(cause, context.Canceled):
		return cause
	case err != nil && cause == nil:
		return fmt.Errorf("task %s: %w", job.Task, err)
	}
	outcomes, err := ledger.close(cause != nil)
	if err != nil {
		return fmt.Errorf("task %s: %w", job.Task, err)
	}
	used := gauge.usage()
	up.send(wire.Up{Done: &wire.Done{Outcomes: outcomes, MaxRSS: used.MaxRSSBytes, PSS: used.PSSBytes}})
	return up.error()
}

// node is the machine that we are on, by the name that a cluster has for it where we are one's.
func node() string {
	if name := os.Getenv("SLURMD_NODENAME"); name != "" {
		return name
	}
	name, _ := os.Hostname()
	return name
}

// readJob reads the job and the input that belongs to it.
func readJob(down *wire.DownReader) (wire.Job, error) {
	frame, err := down.Next()
	switch {
	case err == io.EOF:
		return wire.Job{}, errors.New("input ended before a job came")
	case err != nil:
		return wire.Job{}, fmt.Errorf("job read: %w", err)
	case frame.Job == nil:
		return wire.Job{}, errors.New("the first frame is not a job")
	case frame.Job.Fanout < 1 || frame.Job.Window < frame.Job.Fanout:
		return wire.Job{}, fmt.Errorf("job: fan-out %d, window %d", frame.Job.Fanout, frame.Job.Window)
	}
	job := *frame.Job
	for len(job.Input) < job.InputBytes {
		frame, err := down.Next()
		switch {
		case err != nil:
			return wire.Job{}, fmt.Errorf("job's input read: %w", err)
		case frame.Input == nil:
			return wire.Job{}, errors.New("job's input: another frame in its place")
		}
		job.Input = append(job.Input, frame.Input.Data...)
	}
	return job, nil
}

// receive hands on what the parent sends until the input ends. It never waits for the task, so that answers get
// through however busy that is.
func receive(down *wire.DownReader, ledger *ledger, asks *asks) error {
	for {
		frame, err := down.Next()
		switch {
		case err == io.EOF || errors.Is(err, wire.ErrTorn):
			return errStop
		case err != nil:
			return fmt.Errorf("input read: %w", err)
		case frame.Hosts != nil:
			err = ledger.feed(frame.Hosts.Hosts)
		case frame.Items != nil:
			err = ledger.feedItems(*frame.Items)
		case frame.End != nil:
			err = ledger.end()
		case frame.Answer != nil:
			err = asks.answer(*frame.Answer)
		default:
			err = errors.New("a frame out of turn")
		}
		if err != nil {
			return err
		}
	}
}

// Package stats is the task of `muster collect`: read the load and memory of each host in one session and one round trip.
package stats

import (
	"context"

	"muster/internal/fleet"
	"muster/internal/procfs"
	"muster/internal/remote"
	"muster/internal/task/visit"
	"muster/internal/wire"
	"muster/worker"
)

// Name is the task's name in a job.
const Name = "stats"

// maxOutput bounds what a host may answer, in bytes a stream; an honest answer has some 2 KiB.
const maxOutput = 64 << 10

// Open makes the task.
func Open(job wire.Job, ask worker.Ask) (worker.Task, error) {
	visitor, err := visit.New(job, ask)
	if err != nil {
		return nil, err
	}
	if job.CPUTimes {
		return task{visitor, procfs.SnippetCPU}, nil
	}
	return task{visitor, procfs.Snippet}, nil
}

type task struct {
	*visit.Visitor
	snippet func(sentinel string) string
}

func (t task) Do(ctx context.Context, feed worker.Feed, emit worker.Emit) error {
	return t.Each(ctx, feed, emit, t.read)
}

// read reads one host.
func (t task) read(ctx context.Context, h fleet.Host, begin func(), _ worker.Emit) fleet.Outcome {
	sentinel := procfs.NewSentinel()
	got, outcome := t.Run(ctx, h, remote.Command{Line: t.snippet(sentinel), MaxOutput: maxOutput, Begin: begin})
	if got.Status != fleet.StatusOK {
		return outcome
	}
	reading, err := procfs.Parse(sentinel, got.Stdout, got.Received.Add(-got.RTT/2))
	if err != nil {
		outcome.Status, outcome.Phase, outcome.Error = fleet.StatusParse, fleet.PhaseOutput, err.Error()
		return outcome
	}
	outcome.Reading = reading
	return outcome
}

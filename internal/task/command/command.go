// Package command is the task of `muster exec`: run one command on each host and hand on what it writes.
package command

import (
	"context"
	"errors"
	"strings"

	"muster/internal/fleet"
	"muster/internal/remote"
	"muster/internal/task/visit"
	"muster/internal/wire"
	"muster/worker"
)

// Name is the task's name in a job.
const Name = "command"

// Open makes the task.
func Open(job wire.Job, ask worker.Ask) (worker.Task, error) {
	if job.Command == "" && len(job.Args) == 0 {
		return nil, errors.New("no command")
	}
	visitor, err := visit.New(job, ask)
	if err != nil {
		return nil, err
	}
	return &task{visitor, remote.Command{
		Line: line(job), Sudo: job.Sudo, Stdin: job.Input, MaxOutput: job.MaxOutput, Truncate: true,
	}}, nil
}

// line is the command for a shell: one for a shell as it is, words so that they arrive as they are.
func line(job wire.Job) string {
	text := job.Command
	if text == "" {
		words := make([]string, len(job.Args))
		for i, word := range job.Args {
			words[i] = remote.Quote(word)
		}
		text = strings.Join(words, " ")
	}
	if !job.AsRoot || len(job.Sudo) > 0 { // with a password it is remote that asks sudo
		return text
	}
	if job.Command != "" {
		text = "sh -c " + remote.Quote(text)
	}
	return "sudo -n -- " + text
}

type task struct {
	*visit.Visitor
	command remote.Command
}

func (t *task) Do(ctx context.Context, feed worker.Feed, emit worker.Emit) error {
	return t.Each(ctx, feed, emit, t.run)
}

// run runs the command on one host.
func (t *task) run(ctx context.Context, h fleet.Host, begin func(), emit worker.Emit) fleet.Outcome {
	command, part := t.command, 0
	command.Begin = begin
	command.Output = func(stderr bool, data []byte) {
		emit(fleet.Output{Num: h.Num, Part: part, Stderr: stderr, Data: data})
		part++
	}
	got, o := t.Run(ctx, h, command)
	o.StdoutTruncatedBytes, o.StderrTruncatedBytes = got.StdoutDropped, got.StderrDropped
	switch {
	case got.Status != fleet.StatusOK && got.Status != fleet.StatusExit:
	case got.Signal != "":
		o.Signal = got.Signal
	default:
		o.ExitCode = &got.ExitCode
	}
	return o
}

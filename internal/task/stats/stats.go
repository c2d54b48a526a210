// Package stats is the task of `muster collect`: read the load and memory of each host in one session and one round trip.
package stats

import (
	"context"
	"time"

	"muster/internal/fleet"
	"muster/internal/procfs"
	"muster/internal/remote"
	"muster/internal/wire"
	"muster/worker"
)

// Name is the task's name in a job.
const Name = "stats"

// maxOutput bounds what a host may answer, in bytes a stream; an honest answer has some 2 KiB.
const maxOutput = 64 << 10

// Open makes the task. The keys of the job are parsed here, once for all hosts.
func Open(job wire.Job, ask worker.Ask) (worker.Task, error) {
	ssh, err := remote.NewSSH(remote.Config{
		Keys:           job.Keys,
		AgentSocket:    job.AgentSocket,
		ConnectTimeout: time.Duration(job.ConnectTimeoutMS) * time.Millisecond,
		CommandTimeout: time.Duration(job.TimeoutMS) * time.Millisecond,
		Retries:        job.Retries,
		RetryBudget:    job.RetryBudget,
		Ask:            ask,
	})
	if err != nil {
		return nil, err
	}
	return &task{ssh: ssh, timeout: time.Duration(job.TimeoutMS) * time.Millisecond, fanout: job.Fanout}, nil
}

type task struct {
	ssh     *remote.SSH
	timeout time.Duration // of the command on this machine
	fanout  int
}

// Do visits hosts until they end, then closes what they shared.
func (t *task) Do(ctx context.Context, hosts <-chan fleet.Host, emit worker.Emit) error {
	defer t.ssh.Close()
	return worker.PerHost(t.fanout, t.visit).Do(ctx, hosts, emit)
}

func (t *task) visit(ctx context.Context, h fleet.Host, _ worker.Emit) fleet.Outcome {
	sentinel := procfs.NewSentinel()
	command := remote.Command{Line: procfs.Snippet(sentinel), MaxOutput: maxOutput}
	var got remote.Result
	if h.Local {
		got = remote.RunLocal(ctx, command, t.timeout)
	} else {
		got = t.ssh.Run(ctx, h, command)
	}
	outcome := outcomeOf(got)
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

func outcomeOf(r remote.Result) fleet.Outcome {
	o := fleet.Outcome{
		Status: r.Status, Phase: r.Phase, Hop: r.Hop, Error: r.Err, Address: r.Address, Attempts: r.Attempts,
		StartedAt: &r.StartedAt, DurationMS: new(milliseconds(r.Duration)),
	}
	if r.Connect > 0 {
		o.ConnectMS = new(milliseconds(r.Connect))
	}
	return o
}

// milliseconds keeps microseconds: finer figures would be noise.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

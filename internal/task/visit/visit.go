// Package visit is what those tasks share that run a command on each host.
package visit

import (
	"context"
	"runtime"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/remote"
	"muster/internal/wire"
	"muster/worker"
)

// Visitor runs commands on hosts, over SSH or on this machine. Its methods are safe for concurrent use.
type Visitor struct {
	ssh     transport
	timeout time.Duration // of a command on this machine
	fanout  int
}

// transport is a way to have a command run on another machine.
type transport interface {
	Run(context.Context, fleet.Host, remote.Command) remote.Result
	Close() error
}

// New makes a Visitor as the job wants it. The keys of the job are parsed here, once for all hosts.
//
// A process that uses one core is scheduled as a batch from then on: some connection always has something to say, and whichever
// process it belongs to would cut off the others. With several cores the collector would, now and then, wait for one while hosts
// that flood us fill the memory.
func New(job wire.Job, ask worker.Ask) (*Visitor, error) {
	if runtime.GOMAXPROCS(0) == 1 {
		child.Batch()
	}
	timeout := time.Duration(job.TimeoutMS) * time.Millisecond
	ssh, err := connect(job, ask)
	if err != nil {
		return nil, err
	}
	return &Visitor{ssh, timeout, job.Fanout}, nil
}

func connect(job wire.Job, ask worker.Ask) (transport, error) {
	connect, command := time.Duration(job.ConnectTimeoutMS)*time.Millisecond, time.Duration(job.TimeoutMS)*time.Millisecond
	var delay time.Duration // so that workers begin one after the other
	if job.Rate > 0 && job.Chunks > 0 {
		delay = time.Duration(float64(time.Second) / job.Rate * float64(job.Chunk) / float64(job.Chunks))
	}
	if job.Program == "" {
		return remote.NewSSH(remote.Config{
			Identities:     job.Identities,
			Logins:         job.Logins,
			Password:       job.Password,
			ConnectTimeout: connect,
			CommandTimeout: command,
			Retries:        job.Retries,
			RetryBudget:    job.RetryBudget,
			Rate:           job.Rate,
			RateDelay:      delay,
			Handshakes:     job.Handshakes,
			Keep:           job.Keep,
			Ask:            ask,
		})
	}
	return remote.NewOpenSSH(remote.OpenSSHConfig{
		Program:        job.Program,
		Args:           job.ProgramArgs,
		ConnectTimeout: connect,
		CommandTimeout: command,
		Retries:        job.Retries,
		RetryBudget:    job.RetryBudget,
		Rate:           job.Rate,
		RateDelay:      delay,
		Logs:           job.Logs,
	})
}

// Each has do called for each host until there are no more, for as many at once as the job wants, then closes what they
// shared. It is a task's Do.
func (v *Visitor) Each(ctx context.Context, feed worker.Feed, emit worker.Emit, do worker.Visit) error {
	defer v.ssh.Close()
	return worker.PerHost(v.fanout, do).Do(ctx, feed, emit)
}

// Run runs a command on h and returns how that went, as it came and as the host's outcome.
func (v *Visitor) Run(ctx context.Context, h fleet.Host, command remote.Command) (remote.Result, fleet.Outcome) {
	if h.Local {
		r := remote.RunLocal(ctx, command, v.timeout)
		return r, outcome(r)
	}
	r := v.ssh.Run(ctx, h, command)
	return r, outcome(r)
}

func outcome(r remote.Result) fleet.Outcome {
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

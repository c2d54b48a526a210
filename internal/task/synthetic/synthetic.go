// Package synthetic is the task of `muster synthetic`: items of work of a known kind and size in place of hosts, by which
// strategies are compared.
package synthetic

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/worker"
)

// Name is the task's name in a job. The first of the job's Args is a kind; what the kind needs follows.
const Name = "synthetic"

// label is what an item's host is called, but for the number that follows.
const label = "item"

// work does the item of a number. It returns soon after ctx is cancelled. nil: it is done.
type work func(ctx context.Context, item int) *failure

// failure is why an item is not done.
type failure struct {
	status fleet.Status
	phase  fleet.Phase
	text   string
}

// failed is an item whose work began and went wrong.
func failed(status fleet.Status, format string, args ...any) *failure {
	return &failure{status, fleet.PhaseExec, fmt.Sprintf(format, args...)}
}

// stopped is an item that was cut off.
func stopped() *failure { return failed(fleet.StatusCanceled, "stopped") }

// Open makes the task.
func Open(job wire.Job, _ worker.Ask) (worker.Task, error) {
	work, err := open(job)
	if err != nil {
		return nil, err
	}
	return worker.PerHost(job.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ worker.Emit) fleet.Outcome {
		begin()
		return work.do(ctx, h)
	}), nil
}

// do does the item of a host.
func (w work) do(ctx context.Context, h fleet.Host) fleet.Outcome {
	began := time.Now()
	var f *failure
	number, err := strconv.ParseUint(strings.TrimPrefix(h.Name, label), 10, 31)
	if err != nil {
		f = failed(fleet.StatusParse, "%q is no %s", h.Name, label)
	} else {
		f = w(ctx, int(number))
	}
	o := fleet.Outcome{
		Status: fleet.StatusOK, Attempts: 1, StartedAt: &began, DurationMS: new(float64(time.Since(began).Microseconds()) / 1000),
	}
	if f != nil {
		o.Status, o.Phase, o.Error = f.status, f.phase, f.text
	}
	return o
}

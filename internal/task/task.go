// Package task names what workers can do to hosts.
package task

import (
	"fmt"

	"muster/internal/task/command"
	"muster/internal/task/script"
	"muster/internal/task/stats"
	"muster/internal/task/synthetic"
	"muster/internal/wire"
	"muster/worker"
)

// Open makes the task that a job names.
func Open(job wire.Job, ask worker.Ask) (worker.Task, error) {
	switch job.Task {
	case stats.Name:
		return stats.Open(job, ask)
	case command.Name:
		return command.Open(job, ask)
	case script.Name:
		return script.Open(job, ask)
	case synthetic.Name:
		return synthetic.Open(job, ask)
	}
	return nil, fmt.Errorf("unknown task %q", job.Task)
}

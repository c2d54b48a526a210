package launch

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"

	"muster/internal/child"
)

// Behind launches each worker behind a command that takes it elsewhere, such as "ssh relay --" or srun: one that carries the
// worker's standard input and output, and ends when the worker does. All that is known of the worker itself is what it says:
// it ends with its input. What Behind starts, signals and waits for is the command.
type Behind struct {
	// Command is the command for a worker, which runs what is appended to it. It has at least one word.
	Command func(id, place int) []string
	Path    string   // the worker's program over there; empty: where this one is here
	Env     []string // of the command: KEY=value; nil: see WorkerEnv
}

// Launch starts the command with a worker. Where this machine has no process to spare, child.WhyRefused says so of the error.
func (b Behind) Launch(ctx context.Context, id, place int) (Worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	if MaxWorkers() < 1 {
		return nil, fmt.Errorf("worker %d start: %w: no processes or threads are left", id, syscall.EAGAIN)
	}
	argv, err := b.Argv(id, place)
	if err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	env := b.Env
	if env == nil {
		env = WorkerEnv(os.Environ())
	}
	worker, err := child.Start(child.Spec{Path: argv[0], Args: argv[1:], Env: env, Foreign: true})
	if err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	return worker, nil
}

// Argv is the command and the worker behind it. That is looked for by its path: /proc/self/exe would be the command's own.
func (b Behind) Argv(id, place int) ([]string, error) {
	path := b.Path
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		path = self
	}
	return slices.Concat(b.Command(id, place), []string{path, "worker"}), nil
}

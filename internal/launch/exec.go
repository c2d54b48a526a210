package launch

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"muster/internal/child"
)

// Exec launches each worker as a process of its own. The zero value starts this program again, as "muster worker".
type Exec struct {
	Path string   // the worker's program; empty: this one
	Args []string // its arguments; nil: "worker"
	Env  []string // KEY=value, over what the worker inherits: see WorkerEnv

	// HasChildren says that workers start processes of their own. See child.Spec.
	HasChildren bool

	// Batch says that workers use one core each, most of the time to wait for others, and start nothing. See child.Spec.
	Batch bool
}

// Launch starts a worker process. Where this machine has none to spare, child.WhyRefused says so of the error.
func (e Exec) Launch(ctx context.Context, id, _ int) (Worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	if e.HasChildren { // of a worker that is killed, what is left becomes ours, and ends with it
		if err := child.Adopt(); err != nil {
			return nil, fmt.Errorf("worker %d start: %w", id, err)
		}
	}
	if MaxWorkers() < 1 {
		return nil, fmt.Errorf("worker %d start: %w: no processes or threads are left", id, syscall.EAGAIN)
	}
	spec, err := e.spec()
	if err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	worker, err := child.Start(spec)
	if err != nil {
		return nil, fmt.Errorf("worker %d start: %w", id, err)
	}
	return worker, nil
}

func (e Exec) spec() (child.Spec, error) {
	spec := child.Spec{Path: e.Path, Args: e.Args, HasChildren: e.HasChildren, Batch: e.Batch}
	if e.Args == nil {
		spec.Args = []string{"worker"}
	}
	if e.Path == "" {
		self, err := Self()
		if err != nil {
			return child.Spec{}, err
		}
		spec.Path, spec.Argv0 = self, "muster"
	}
	spec.Env = append(WorkerEnv(os.Environ()), e.Env...)
	return spec, nil
}

// Self is this program's path, for this process to start it again. /proc/self/exe is the running image even after the
// file was replaced, so that all that is started is the same program.
func Self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

package slurm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Start readies the engine before workers are launched: it cancels what runs before this one have left, where they were
// killed, as long as ctx lasts, and writes down that this one may leave something. Close must be called later. What is doubtful
// comes back: without a record the run goes on.
func (e *Engine) Start(ctx context.Context) (doubts []string) {
	dir, err := recordsDir()
	if err == nil {
		cancelled, failed := sweep(ctx, dir)
		if cancelled > 0 {
			doubts = append(doubts, fmt.Sprintf("slurm: cancelled %d jobs or steps that runs before have left", cancelled))
		}
		if failed != nil {
			doubts = append(doubts, fmt.Sprintf("slurm: what runs before may have left is for the next to cancel: %v", failed))
		}
		e.record, err = keep(dir, e.run, e.job)
	}
	if err != nil {
		doubts = append(doubts, fmt.Sprintf("slurm: what this run leaves, were it killed, nobody will find: %v", err))
	}
	e.stop = e.watch()
	return doubts
}

// Close cancels what is left of the run, once all its workers have ended as far as can be seen from here, as long as ctx
// lasts. After an error the next run tries again.
func (e *Engine) Close(ctx context.Context) error {
	e.stop()
	_, err := cancelAll(ctx, e.run, e.job)
	if errors.Is(err, exec.ErrNotFound) { // where there is no Slurm it has begun nothing
		err = nil
	}
	if e.record != nil {
		if err == nil {
			err = os.Remove(e.record.path)
		}
		e.record.file.Close()
	}
	return err
}

package durable

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// How long to wait for a file that another has locked, and how often to try. Those who append keep it for microseconds.
const (
	lockWait  = 2 * time.Second
	lockPause = 10 * time.Millisecond
)

// lock waits for f's lock, which ends with f. Some file systems have none (NFS and Lustre, as mounted): one write at the
// end has to do there. The system call that waits would outlast every signal and deadline, so this one asks again.
func lock(ctx context.Context, f file) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, fmt.Errorf("waited %v", lockWait))
	defer cancel()
	again := time.NewTicker(lockPause)
	defer again.Stop()
	for {
		if err := tryLock(f); !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the file is locked by another program: %w", context.Cause(ctx))
		}
	}
}

// tryLock locks f where nobody else has it, and where its file system has no locks.
func tryLock(f file) error {
	err := f.TryLock()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return nil
	}
	return err
}

package slurm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A record is a file that is there as long as a run may have jobs, and locked as long as the run lives: one without a lock was
// left by a run that was killed, and its jobs are cancelled by the next. Its name has the machine's, because not all file
// systems lock across machines.
type record struct {
	file *os.File // locked
	path string
}

// recordsDir is where records are.
func recordsDir() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "muster", "slurm"), err
}

// recordPrefix is how names of records of this machine begin.
func recordPrefix() (string, error) {
	host, err := os.Hostname()
	return host + "+", err
}

// keep makes the record of a run within an allocation; empty: in none. It is locked before anybody sees it.
func keep(dir, run, job string) (*record, error) {
	before, err := recordPrefix()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "new-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, before+run+"+"+job)
	err = lock(f)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		f.Close()
		return nil, err
	}
	return &record{f, path}, nil
}

// sweep cancels what runs have left that were killed, and returns how many jobs and steps that were.
func sweep(ctx context.Context, dir string) (cancelled int, err error) {
	before, err := recordPrefix()
	if err != nil {
		return 0, err
	}
	files, _ := os.ReadDir(dir)
	for _, file := range files {
		name, ours := strings.CutPrefix(file.Name(), before)
		if !ours {
			continue
		}
		f, gone := os.Open(filepath.Join(dir, file.Name()))
		if gone != nil {
			continue
		}
		if lock(f) == nil {
			run, job, _ := strings.Cut(name, "+")
			var n int
			n, err = cancelAll(ctx, run, job)
			cancelled += n
			if err == nil || job != "" { // an allocation that is gone took its steps along
				err = os.Remove(f.Name())
			}
		}
		f.Close()
		if err != nil {
			return cancelled, err
		}
	}
	return cancelled, nil
}

func lock(f *os.File) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("%s lock: %w", f.Name(), err)
	}
	return nil
}

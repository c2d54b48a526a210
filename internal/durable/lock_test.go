package durable

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// lockedFile is a file that another has locked, and the function by which that one lets go.
func lockedFile(t *testing.T) (path string, release func() error) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "known_hosts")
	other, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return path, other.Close
}

func TestAppendLineLocked(t *testing.T) {
	tests := []struct {
		name   string
		within time.Duration // of the caller's context
		frees  time.Duration // when the other lets go
		took   time.Duration
		fails  bool
	}{
		{"for a moment", time.Hour, 5 * lockPause / 2, 3 * lockPause, false},
		{"for good", time.Hour, time.Minute, lockWait, true},
		{"for longer than the caller has", lockWait / 4, time.Minute, lockWait / 4, true},
		{"and no time at all", 0, time.Minute, 0, true},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			path, release := lockedFile(t)
			freed := time.AfterFunc(tt.frees, func() { release() })
			defer freed.Stop()
			ctx, cancel := context.WithTimeout(t.Context(), tt.within)
			defer cancel()
			start := time.Now()
			err := AppendLine(ctx, path, 0, []byte("x"))
			if took := time.Since(start); took != tt.took {
				t.Errorf("%s: took %v, want %v", tt.name, took, tt.took)
			}
			if !tt.fails {
				if err != nil {
					t.Errorf("%s: %v", tt.name, err)
				}
				holds(t, path, "x\n")
				return
			}
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "locked by another program") {
				t.Errorf("%s: %v", tt.name, err)
			}
			holds(t, path, "")
		})
	}
}

// lockless is a disk whose locks are an error.
type lockless struct {
	osDisk
	err error
}

type locklessFile struct {
	file
	err error
}

func (d lockless) Open(path string, flag int, perm os.FileMode) (file, error) {
	f, err := d.osDisk.Open(path, flag, perm)
	return locklessFile{f, d.err}, err
}

func (f locklessFile) TryLock() error { return os.NewSyscallError("flock", f.err) }

func TestAppendLineWithoutLocks(t *testing.T) {
	for err, fatal := range map[error]bool{
		syscall.ENOSYS: false, syscall.ENOTSUP: false, syscall.ENOLCK: false, syscall.EIO: true,
	} {
		path := filepath.Join(t.TempDir(), "known_hosts")
		got := appendLine(t.Context(), lockless{err: err}, path, 0, []byte("x"))
		if (got != nil) != fatal || fatal && !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}

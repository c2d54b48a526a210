package durable

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// disk is what this package does to a file system, so that a test can make the n-th operation fail.
type disk interface {
	Stat(path string) (os.FileInfo, error) // follows symbolic links
	Resolve(path string) (string, error)   // the path without symbolic links, of something that exists
	Open(path string, flag int, perm os.FileMode) (file, error)
	Rename(from, to string) error
	Remove(path string) error
}

type file interface {
	io.Writer
	io.ReaderAt
	Stat() (os.FileInfo, error)
	Chmod(os.FileMode) error
	Truncate(size int64) error
	TryLock() error // EWOULDBLOCK: another has it; given back by Close
	Sync() error
	Close() error
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) Stat(path string) (os.FileInfo, error) { return os.Stat(path) }
func (osDisk) Resolve(path string) (string, error)   { return filepath.EvalSymlinks(path) }
func (osDisk) Rename(from, to string) error          { return os.Rename(from, to) }
func (osDisk) Remove(path string) error              { return os.Remove(path) }

func (osDisk) Open(path string, flag int, perm os.FileMode) (file, error) {
	f, err := os.OpenFile(path, flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

type osFile struct{ *os.File }

func (f osFile) TryLock() error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return os.NewSyscallError("flock", err)
		}
	}
}

package durable

import (
	"errors"
	"os"
)

var errFault = errors.New("fault")

// faulty is a disk whose operation number at fails, counted from 1. Like a full disk's, a write that fails has written
// a part; a close that fails has closed.
type faulty struct {
	osDisk
	at  int
	log []string // the operations so far, by name
}

func (d *faulty) fails(op string) bool {
	d.log = append(d.log, op)
	return len(d.log) == d.at
}

func do[T any](d *faulty, name string, op func() (T, error)) (T, error) {
	if d.fails(name) {
		var zero T
		return zero, errFault
	}
	return op()
}

func (d *faulty) try(name string, op func() error) error {
	_, err := do(d, name, func() (struct{}, error) { return struct{}{}, op() })
	return err
}

func (d *faulty) Stat(path string) (os.FileInfo, error) {
	return do(d, "stat", func() (os.FileInfo, error) { return d.osDisk.Stat(path) })
}

func (d *faulty) Resolve(path string) (string, error) {
	return do(d, "resolve", func() (string, error) { return d.osDisk.Resolve(path) })
}

func (d *faulty) Open(path string, flag int, perm os.FileMode) (file, error) {
	return do(d, "open", func() (file, error) {
		f, err := d.osDisk.Open(path, flag, perm)
		return faultyFile{f, d}, err
	})
}

func (d *faulty) Rename(from, to string) error {
	return d.try("rename", func() error { return d.osDisk.Rename(from, to) })
}

func (d *faulty) Remove(path string) error {
	return d.try("remove", func() error { return d.osDisk.Remove(path) })
}

type faultyFile struct {
	file
	d *faulty
}

func (f faultyFile) Write(p []byte) (int, error) {
	if f.d.fails("write") {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, errFault
	}
	return f.file.Write(p)
}

func (f faultyFile) Close() error {
	if f.d.fails("close") {
		return errors.Join(f.file.Close(), errFault)
	}
	return f.file.Close()
}

func (f faultyFile) ReadAt(p []byte, at int64) (int, error) {
	return do(f.d, "read", func() (int, error) { return f.file.ReadAt(p, at) })
}

func (f faultyFile) Stat() (os.FileInfo, error) { return do(f.d, "stat", f.file.Stat) }
func (f faultyFile) Chmod(mode os.FileMode) error {
	return f.d.try("chmod", func() error { return f.file.Chmod(mode) })
}

func (f faultyFile) Truncate(size int64) error {
	return f.d.try("truncate", func() error { return f.file.Truncate(size) })
}
func (f faultyFile) TryLock() error { return f.d.try("lock", f.file.TryLock) }
func (f faultyFile) Sync() error    { return f.d.try("sync", f.file.Sync) }

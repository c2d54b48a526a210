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
	at, count int
}

func (d *faulty) fails() bool {
	d.count++
	return d.count == d.at
}

func do[T any](d *faulty, op func() (T, error)) (T, error) {
	if d.fails() {
		var zero T
		return zero, errFault
	}
	return op()
}

func (d *faulty) try(op func() error) error {
	_, err := do(d, func() (struct{}, error) { return struct{}{}, op() })
	return err
}

func (d *faulty) Stat(path string) (os.FileInfo, error) {
	return do(d, func() (os.FileInfo, error) { return d.osDisk.Stat(path) })
}

func (d *faulty) Resolve(path string) (string, error) {
	return do(d, func() (string, error) { return d.osDisk.Resolve(path) })
}

func (d *faulty) Open(path string, flag int, perm os.FileMode) (file, error) {
	return do(d, func() (file, error) {
		f, err := d.osDisk.Open(path, flag, perm)
		return faultyFile{f, d}, err
	})
}

func (d *faulty) Rename(from, to string) error {
	return d.try(func() error { return d.osDisk.Rename(from, to) })
}

func (d *faulty) Remove(path string) error {
	return d.try(func() error { return d.osDisk.Remove(path) })
}

type faultyFile struct {
	file
	d *faulty
}

func (f faultyFile) Write(p []byte) (int, error) {
	if f.d.fails() {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, errFault
	}
	return f.file.Write(p)
}

func (f faultyFile) Close() error {
	if f.d.fails() {
		return errors.Join(f.file.Close(), errFault)
	}
	return f.file.Close()
}

func (f faultyFile) ReadAt(p []byte, at int64) (int, error) {
	return do(f.d, func() (int, error) { return f.file.ReadAt(p, at) })
}

func (f faultyFile) Stat() (os.FileInfo, error) { return do(f.d, f.file.Stat) }
func (f faultyFile) Chmod(mode os.FileMode) error {
	return f.d.try(func() error { return f.file.Chmod(mode) })
}
func (f faultyFile) Truncate(size int64) error {
	return f.d.try(func() error { return f.file.Truncate(size) })
}
func (f faultyFile) Lock() error { return f.d.try(f.file.Lock) }
func (f faultyFile) Sync() error { return f.d.try(f.file.Sync) }

package durable

import (
	"errors"
	"os"
	"syscall"
)

// OpenRegular opens a regular file for reading, and nothing else: a FIFO or a device, which may never end, is an
// *os.PathError. It waits for no other process, whatever path comes to name meanwhile.
func OpenRegular(path string) (*os.File, error) {
	// A FIFO opens when somebody writes to it, which O_NONBLOCK does not wait for. It changes nothing for regular files.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

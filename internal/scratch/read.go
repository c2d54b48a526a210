package scratch

import (
	"fmt"
	"os"
)

// File is one of the files, open to be read at random: the system reads nothing ahead where it can be told not to. It is
// safe for many goroutines.
type File struct {
	file   *os.File
	blocks int
}

// Open opens one of Files. Close must be called once later.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		err = expectRandom(file)
	}
	if err == nil && info.Size() < Block {
		err = errDamaged
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("scratch: %s: %w", path, err)
	}
	return &File{file, int(info.Size() / Block)}, nil
}

// Blocks is how many blocks the file has, at least one.
func (f *File) Blocks() int { return f.blocks }

// Read reads the n-th block, from 0, into to, which is Block bytes long. Data that Make did not write there is an error.
func (f *File) Read(n int, to []byte) error {
	offset := int64(n) * Block
	_, err := f.file.ReadAt(to, offset)
	if err == nil {
		err = check(to, offset)
	}
	if err != nil {
		return fmt.Errorf("scratch: block %d of %s: %w", n, f.file.Name(), err)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

package sshconf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"muster/internal/durable"
)

// readRegular reads a regular file of at most limit bytes, and its permissions. An error is an *fs.PathError.
func readRegular(file string, limit int64) ([]byte, fs.FileMode, error) {
	f, err := durable.OpenRegular(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &fs.PathError{Op: "read", Path: file, Err: fmt.Errorf("more than %d bytes", limit)}
	}
	return data, info.Mode().Perm(), err
}

// readOptional is readRegular for a file that may be missing: then it is empty. /dev/null is the usual way to name no file.
func readOptional(file string, limit int64) ([]byte, error) {
	if file == os.DevNull {
		return nil, nil
	}
	data, _, err := readRegular(file, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

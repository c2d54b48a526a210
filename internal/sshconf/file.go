package sshconf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"muster/internal/durable"
)

// readOptional reads a file of at most limit bytes; one that is missing is empty. /dev/null is the usual way to name no
// file. An error is an *fs.PathError.
func readOptional(file string, limit int64) ([]byte, error) {
	if file == os.DevNull {
		return nil, nil
	}
	f, err := durable.OpenRegular(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f, limit)
}

// readBounded reads what is left of a file of at most limit bytes. An error is an *fs.PathError.
func readBounded(f *os.File, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &fs.PathError{Op: "read", Path: f.Name(), Err: fmt.Errorf("more than %d bytes", limit)}
	}
	return data, err
}

package sshconf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// readBounded reads a file of at most limit bytes; one that is missing is empty. What is no file, such as a FIFO, which
// may never end, is an error. /dev/null is the usual way to name no file.
func readBounded(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), file == os.DevNull:
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: more than %d bytes", file, limit)
	}
	return data, err
}

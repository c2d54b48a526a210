package durable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
)

// AppendLine adds line, which has no line break of its own, as the last line of path, or leaves the file alone and
// returns why. Where the last line there was not ended, it is ended first. A file that is not there is made with perm
// less the umask (0: 0600); its directory must be there. A symbolic link is followed.
//
// Processes that append at the same time by this function take turns, and each line reaches the file in one write. The
// wait for a turn ends with ctx, and after two seconds: another program that keeps the file locked is an error. The line
// survives the end of this process, not a loss of power.
func AppendLine(ctx context.Context, path string, perm os.FileMode, line []byte) error {
	if err := appendLine(ctx, osDisk{}, path, perm, line); err != nil {
		return fmt.Errorf("%s append: %w", path, err)
	}
	return nil
}

func appendLine(ctx context.Context, d disk, path string, perm os.FileMode, line []byte) (err error) {
	if bytes.ContainsAny(line, "\r\n") {
		return errors.New("line break within a line")
	}
	if perm == 0 {
		perm = 0o600
	}
	f, err := d.Open(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, perm)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lock(ctx, f); err != nil {
		return err
	}
	size, ended, err := end(f)
	if err != nil {
		return err
	}
	var record []byte
	if !ended {
		record = append(record, '\n')
	}
	record = append(append(record, line...), '\n')
	if n, err := f.Write(record); err != nil {
		return errors.Join(err, takeBack(f, size, n))
	}
	return nil
}

// end says how long f is, and whether its last line is ended. An empty file has no line that is not.
func end(f file) (size int64, ended bool, err error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, true, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return info.Size(), last[0] == '\n', err
}

// takeBack removes the n bytes that a failed write left behind the first size of f, unless another program, which
// takes no turns, has written since.
func takeBack(f file, size int64, n int) error {
	info, err := f.Stat()
	if err != nil || info.Size() != size+int64(n) {
		return err
	}
	return f.Truncate(size)
}

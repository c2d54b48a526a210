// Package durable changes files so that whoever looks, at any time and after any failure, sees the old content or the
// new one, whole. It opens files for reading without waiting for anybody.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// WriteFile replaces the content of path by what write writes, or leaves it alone and returns why. When it returns nil,
// the new content survives a loss of power; until then, the old content stands. A new file gets perm less the umask; one
// that is there keeps its permissions. A symbolic link is followed. A process killed midway leaves a file .muster-* there.
//
// What is no regular file, and a descriptor such as /dev/stdout, is written in place, at its end.
func WriteFile(path string, perm os.FileMode, write func(io.Writer) error) error {
	if err := writeFile(osDisk{}, path, perm, write); err != nil {
		return fmt.Errorf("%s write: %w", path, err)
	}
	return nil
}

func writeFile(d disk, path string, perm os.FileMode, write func(io.Writer) error) error {
	if isDescriptor(path) {
		return writeInPlace(d, path, write)
	}
	old, err := d.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return replace(d, path, perm, nil, write)
	case err != nil:
		return err
	case !old.Mode().IsRegular():
		return writeInPlace(d, path, write)
	}
	if path, err = d.Resolve(path); err != nil {
		return err
	}
	return replace(d, path, old.Mode().Perm(), old, write)
}

// isDescriptor reports whether path names what this process has open already, even if that is a regular file: then
// others write to it too, and it is not ours to replace.
func isDescriptor(path string) bool {
	path = filepath.Clean(path)
	return path == "/dev/stdout" || path == "/dev/stderr" ||
		strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/")
}

func writeInPlace(d disk, path string, write func(io.Writer) error) error {
	f, err := d.Open(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return errors.Join(writeAll(f, write), f.Close())
}

// replace writes a new file beside path and renames it to path. Where old is given, the file gets its permissions
// whatever the umask.
func replace(d disk, path string, perm os.FileMode, old os.FileInfo, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, fmt.Sprintf(".muster-%016x", rand.Uint64()))
	f, err := d.Open(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	renamed := false
	defer func() { // also when write panics
		if !renamed {
			f.Close()
			d.Remove(temp)
		}
	}()
	if old != nil {
		if err := f.Chmod(perm); err != nil {
			return err
		}
	}
	if err := writeAll(f, write); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := d.Rename(temp, path); err != nil {
		return err
	}
	renamed = true
	return syncDir(d, dir)
}

func writeAll(f file, write func(io.Writer) error) error {
	buffer := bufio.NewWriter(f)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// syncDir makes the names in a directory survive a loss of power, where its file system knows how to.
func syncDir(d disk, dir string) error {
	f, err := d.Open(dir, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

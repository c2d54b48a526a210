package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// ErrInUse says that another process has a log open.
var ErrInUse = errors.New("in use by another process")

// Log is a file of records that only grows, each a JSON object on a line of its own whose last member, sum, is a checksum
// over all records up to it. So what was torn, changed, moved or repeated is found, and nothing behind it is believed:
// after any failure, at any time, what is read is what was appended, from the first record to some record.
//
// Its life is OpenLog, Lock, Read, then Append and Sync as often as wanted, Close. A Log is not safe for several
// goroutines.
type Log struct {
	disk disk
	path string
	file file   // nil: it is not there yet
	size int64  // bytes of the records
	tail int64  // bytes behind them that are no record
	sum  uint32 // of the records
	err  error  // the first of writing, for good: what the disk holds after that is not known
}

// OpenLog opens the log at path, which need not be there. It refuses a symbolic link, what is no regular file, and a file
// or directory that makes it easy for others to put something else in the log's place.
func OpenLog(path string) (*Log, error) { return openLog(osDisk{}, path) }

func openLog(d disk, path string) (*Log, error) {
	l := &Log{disk: d, path: path}
	dir, err := d.Stat(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	f, err := l.open(0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return l, guard(path, dir, nil)
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("%s: a symbolic link", path)
	case err != nil:
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = guard(path, dir, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l.file, l.tail = f, info.Size()
	return l, nil
}

func (l *Log) open(flag int) (file, error) {
	// A FIFO is refused once it is open, which O_NONBLOCK does not wait for.
	return l.disk.Open(l.path, os.O_RDWR|os.O_APPEND|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|flag, 0o600)
}

// guard refuses a place in which others could exchange the log for something else.
func guard(path string, dir, file os.FileInfo) error {
	shared := dir.Mode().Perm()&0o002 != 0
	switch {
	case shared && dir.Mode()&os.ModeSticky == 0:
		return fmt.Errorf("%s: everybody can write to its directory", path)
	case file == nil:
		return nil
	case !file.Mode().IsRegular():
		return fmt.Errorf("%s: not a regular file", path)
	case file.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("%s: everybody can write to it", path)
	case shared && !ours(file):
		return fmt.Errorf("%s: it is another user's, in a directory to which everybody can write", path)
	}
	return nil
}

func ours(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// Lock keeps other processes out until Close, or fails with ErrInUse. It is to be called before Read, also where there is
// no file yet. Some file systems have no locks (NFS and Lustre, as mounted): there it keeps nobody out.
func (l *Log) Lock() error {
	if l.file == nil {
		return nil // Append does it
	}
	err := tryLock(l.file)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", l.path, ErrInUse)
	}
	return err
}

// Read gives each record to each, with where it begins, up to the first that is none, or until each fails. A record is
// good until each returns.
func (l *Log) Read(each func(at int64, record []byte) error) error {
	if l.file == nil {
		return nil
	}
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	l.size, l.sum = 0, 0
	lines := newLineScanner(io.NewSectionReader(l.file, 0, info.Size()))
	for {
		line, err := lines.next()
		if err != nil {
			return err
		}
		sum, ok := unseal(l.sum, line)
		if !ok {
			l.tail = info.Size() - l.size
			return nil
		}
		if err := each(l.size, line); err != nil {
			return err
		}
		l.size, l.sum = l.size+int64(len(line))+1, sum
	}
}

// Tail is how many bytes stand behind the last record that Read found, and where. The next Append cuts them off.
func (l *Log) Tail() (at, length int64) { return l.size, l.tail }

// At returns the n bytes at an offset.
func (l *Log) At(at int64, n int) ([]byte, error) {
	bytes := make([]byte, n)
	if n == 0 {
		return bytes, nil
	}
	_, err := l.file.ReadAt(bytes, at)
	return bytes, err
}

// Append adds a record, an object with at least one member and no line break, after those that were read. When it
// returns nil the record outlives this process; after Sync, a loss of power too. Where it fails the log is as before, if
// the disk lets it be, and every later Append and Sync fails alike.
func (l *Log) Append(record []byte) error {
	if l.err == nil {
		l.err = l.append(record)
	}
	return l.err
}

func (l *Log) append(record []byte) error {
	if err := l.ready(); err != nil {
		return err
	}
	line, sum := seal(l.sum, record)
	if n, err := l.file.Write(line); err != nil {
		return errors.Join(err, takeBack(l.file, l.size, n))
	}
	l.size, l.sum = l.size+int64(len(line)), sum
	return nil
}

// ready makes the file where there is none, and cuts off what is no record.
func (l *Log) ready() (err error) {
	if l.file == nil {
		l.file, err = l.open(os.O_CREATE | os.O_EXCL)
		switch {
		case errors.Is(err, os.ErrExist): // made since OpenLog
			err = fmt.Errorf("%s: %w", l.path, ErrInUse)
			fallthrough
		case err != nil:
			l.file = nil
			return err
		}
		return errors.Join(l.Lock(), syncDir(l.disk, filepath.Dir(l.path)))
	}
	if l.tail > 0 {
		if err = l.setAside(); err == nil {
			err = l.file.Truncate(l.size)
		}
		l.tail = 0
	}
	return err
}

// setAside copies what is no record to a file of its own, named after where it stood, unless it is half a line alone: behind
// one that was damaged there may be others that were not.
func (l *Log) setAside() error {
	tail := io.NewSectionReader(l.file, l.size, l.tail)
	line, err := newLineScanner(tail).next()
	if line == nil {
		return err
	}
	path := fmt.Sprintf("%s.damaged-%d", l.path, l.size)
	return writeFile(l.disk, path, 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(l.file, l.size, l.tail))
		return err
	})
}

// Sync makes the records survive a loss of power.
func (l *Log) Sync() error {
	if l.err == nil && l.file != nil {
		l.err = l.file.Sync()
	}
	return l.err
}

// Close gives the log free.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

package remote

import (
	"bytes"
	"context"
	"os"
	"sync"
	"syscall"

	"muster/internal/child"
	"muster/internal/fleet"
)

// maxLogLine is how many bytes of a line are read; ssh makes none longer.
const maxLogLine = 1 << 10

// opensshLog is a named pipe that ssh writes its log to, so that it is not among what the command writes. Reading it never
// blocks, so whoever wants to know how far ssh is can catch up with all that it has written.
type opensshLog struct {
	path     string
	file     *os.File
	remove   func() // the name
	follower sync.WaitGroup

	mu   sync.Mutex
	line []byte // the beginning of one
	said stage
}

// openLog makes a pipe, as soon as this machine has a descriptor to spare or until ctx is done. sent is called once
// ssh has sent the command.
func (o *OpenSSH) openLog(ctx context.Context, sent func()) (*opensshLog, error) {
	path := o.logFile()
	for wait := holds(ctx); ; {
		file, err := makePipe(path)
		if err == nil {
			return &opensshLog{
				path: path, file: file, remove: sync.OnceFunc(func() { os.Remove(path) }),
				said: stage{phase: fleet.PhaseResolve, sent: sent},
			}, nil
		}
		if !lacking(err) || !wait() {
			return nil, err
		}
	}
}

// makePipe makes a named pipe and opens it, to write as well: so it has no end, and ssh need not wait for us.
func makePipe(path string) (*os.File, error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		os.Remove(path)
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// start starts ssh and follows its log. Nothing is read before its pid is known.
func (l *opensshLog) start(ctx context.Context, spec child.Spec) (*child.Child, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := child.StartInTime(ctx, spec)
	if err != nil {
		return nil, err
	}
	l.said.pid = c.Pid()
	l.follower.Go(l.follow)
	return c, nil
}

// follow reads the log until close.
func (l *opensshLog) follow() {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return
	}
	raw.Read(func(fd uintptr) bool {
		l.drain(fd)
		return false
	})
}

// catchUp reads what ssh has written so far, and returns what it has said.
func (l *opensshLog) catchUp() stage {
	if raw, err := l.file.SyscallConn(); err == nil {
		raw.Control(l.drain)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said
}

// drain reads until there is nothing more at present.
func (l *opensshLog) drain(fd uintptr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var buf [4 << 10]byte
	for {
		n, err := syscall.Read(int(fd), buf[:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return
		}
		l.remove()
		l.take(buf[:n])
	}
}

// take takes in more of the log.
func (l *opensshLog) take(p []byte) {
	for len(p) > 0 {
		rest, after, ended := bytes.Cut(p, []byte("\n"))
		l.line = append(l.line, rest[:min(len(rest), maxLogLine-len(l.line))]...)
		if !ended {
			return
		}
		l.said.read(string(bytes.TrimSuffix(l.line, []byte("\r"))))
		l.line, p = l.line[:0], after
	}
}

// reach says that the visit has come as far as phase, by another sign than the log.
func (l *opensshLog) reach(phase fleet.Phase) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.reach(phase)
}

// close ends follow, and removes the pipe.
func (l *opensshLog) close() {
	l.remove()
	l.file.Close()
	l.follower.Wait()
}

package child

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

// files are the ends of the three pipes that the child gets.
type files []*os.File

func (fs files) close() {
	for _, f := range fs {
		f.Close()
	}
}

// connect makes the child's pipes, keeps our ends and returns the child's. Those must be closed as soon as it has
// started, or no pipe would ever end. Where input is given, that is its stdin.
func (c *Child) connect(input *os.File) (theirs files, err error) {
	var pipes [3][2]*os.File // reader, writer
	for i := range pipes {
		if i == 0 && input != nil {
			continue
		}
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			for _, p := range pipes[:i] {
				files(p[:]).close()
			}
			return nil, err
		}
	}
	stdin, stdout, stderr := pipes[0], pipes[1], pipes[2]
	c.stdin, c.stdout, c.stderr = stdin[1], newOutlet(stdout[0]), newOutlet(stderr[0])
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = stdin[0], stdout[1], stderr[1]
	if input != nil {
		c.cmd.Stdin = input
	}
	return files{stdin[0], stdout[1], stderr[1]}, nil
}

// Read reads the child's stdout. It gives io.EOF once the child has ended and all that it wrote was read, however late:
// a process outside the group that still holds the pipe open delays nothing.
func (c *Child) Read(p []byte) (int, error) { return c.stdout.Read(p) }

// Write writes to the child's stdin. It blocks while the pipe is full, and fails once the child has ended or closed it,
// after CloseWrite, and where it reads a file.
func (c *Child) Write(p []byte) (int, error) { return c.stdin.Write(p) }

// CloseWrite closes the child's stdin; a Write in progress fails. It does nothing the second time, and once the child
// has ended.
func (c *Child) CloseWrite() error {
	if err := c.stdin.Close(); c.stdin != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// maxPipe is the most bytes a pipe holds: without privileges nobody can enlarge one further (fs.pipe-max-size).
const maxPipe = 1 << 20

// outlet is our end of a pipe that the child writes to. While the child lives, it is read as any pipe. Once it has
// ended, all its bytes are in the pipe, so reading no longer waits: the first time the pipe is empty is its end, whether
// or not somebody else holds it open. (Deadlines alone cannot say this: one that has passed hides bytes that are there.)
type outlet struct {
	file  *os.File
	ended chan struct{} // closed once the writer has ended, after a deadline interrupted the Read in progress
	left  int           // bytes that may still come from the writer after its end
	err   error         // set once the pipe is closed
}

func newOutlet(f *os.File) *outlet {
	return &outlet{file: f, ended: make(chan struct{}), left: maxPipe}
}

// writerEnded says that the writer has ended: whatever it wrote is in the pipe.
func (o *outlet) writerEnded() {
	_ = o.file.SetReadDeadline(time.Unix(1, 0))
	close(o.ended)
}

func (o *outlet) Read(p []byte) (n int, err error) {
	if o.err != nil || len(p) == 0 {
		return 0, o.err
	}
	select {
	case <-o.ended:
		n, err = o.readLeft(p)
	default:
		n, err = o.file.Read(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			<-o.ended
			n, err = o.readLeft(p)
		}
	}
	if err != nil {
		o.err = err
		o.file.Close()
	}
	return n, err
}

// readLeft reads what is in the pipe, without waiting for more.
func (o *outlet) readLeft(p []byte) (n int, err error) {
	if err := o.file.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	raw, err := o.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), o.left)]
	var errno error
	err = raw.Read(func(fd uintptr) bool {
		for {
			if n, errno = syscall.Read(int(fd), p); errno != syscall.EINTR {
				return true
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case errno == syscall.EAGAIN || errno == nil && n == 0:
		return 0, io.EOF
	case errno != nil:
		return 0, os.NewSyscallError("read", errno)
	}
	o.left -= n
	return n, nil
}

package inventory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"muster/internal/hostlist"
)

const (
	maxFile = 64 << 20 // bytes of a hostfile
	maxLine = 4 << 20  // bytes of one of its lines, which may be a whole list
)

// argument adds what is added for an expression, or for each of a hostfile where the argument is ^FILE.
func (c *collector) argument(arg string, add func(expr string) error) {
	if file, ok := strings.CutPrefix(arg, "^"); ok {
		c.lines(file, add)
	} else {
		c.problems.add(add(arg))
	}
}

// open opens a file, or standard input, and returns how errors are to call it.
func (c *collector) open(name string) (r io.ReadCloser, called string, err error) {
	if name != "-" {
		f, err := os.Open(name)
		return f, name, err
	}
	if c.src.Stdin == nil {
		return nil, "stdin", fmt.Errorf("stdin: %w", fs.ErrClosed)
	}
	return io.NopCloser(c.src.Stdin), "stdin", nil
}

// lines adds what is added for each line of a hostfile: expressions, up to a '#'.
func (c *collector) lines(name string, add func(expr string) error) {
	r, name, err := c.open(name)
	if err != nil {
		c.problems.add(err)
		return
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxLine)
	n := 0
	for !c.full && lines.Scan() {
		n++
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		line, _, _ = strings.Cut(line, "#")
		if err := add(line); err != nil {
			c.problems.add(at(name, n, err))
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		c.problems.add(fmt.Errorf("%s:%d: a line of more than %d MiB: is this a list of hosts?", name, n+1, maxLine>>20))
	case err != nil:
		c.problems.add(err)
	case limited.N == 0:
		c.problems.add(fmt.Errorf("%s: more than %d MiB: is this a list of hosts?", name, maxFile>>20))
	}
}

// at puts the position in a file in front of an error about one of its lines.
func at(name string, line int, err error) error {
	var e *hostlist.Error
	if errors.As(err, &e) {
		return e.At(name, line)
	}
	return fmt.Errorf("%s:%d: %w", name, line, err)
}

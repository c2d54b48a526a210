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

// addFile adds the hosts of one hostfile.
func (c *collector) addFile(name string) {
	if name == "-" {
		if c.src.Stdin == nil {
			c.problems.add(fmt.Errorf("stdin: %w", fs.ErrClosed))
			return
		}
		c.addLines("stdin", c.src.Stdin)
		return
	}
	f, err := os.Open(name)
	if err != nil {
		c.problems.add(err)
		return
	}
	defer f.Close()
	c.addLines(name, f)
}

// addLines adds the hosts of each line: expressions, up to a '#'.
func (c *collector) addLines(name string, r io.Reader) {
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
		if err := c.add(line); err != nil {
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

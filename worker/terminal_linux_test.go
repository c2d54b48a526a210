package worker

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Who types muster worker at a terminal is told what it is, and not kept waiting.
func TestTerminal(t *testing.T) {
	cmd := process()
	cmd.Stdin = terminal(t)
	stderr, stdout := new(capture), new(capture)
	cmd.Stderr, cmd.Stdout = stderr, stdout
	err := cmd.Run()
	if cmd.ProcessState.ExitCode() != exitUsage || string(*stderr) != explanation || len(*stdout) > 0 {
		t.Errorf("%v, stdout %q, stderr %q", err, *stdout, *stderr)
	}
}

type capture []byte

func (c *capture) Write(p []byte) (int, error) { *c = append(*c, p...); return len(p), nil }

// terminal opens a pseudo-terminal and returns the side that a program sees.
func terminal(t *testing.T) *os.File {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

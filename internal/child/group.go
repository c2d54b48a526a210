package child

import (
	"errors"
	"os/exec"
	"syscall"
)

// Terminate sends SIGTERM to the group, or to a foreign child alone: a request, which a stopped process does not even see. It
// does nothing once the child has ended.
func (c *Child) Terminate() error { return c.signal(syscall.SIGTERM) }

// Kill sends SIGKILL likewise, which ends them in any state. It does nothing once the child has ended. It does not
// wait for the end: Wait does.
func (c *Child) Kill() error { return c.signal(syscall.SIGKILL) }

func (c *Child) signal(sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return nil
	}
	if err := syscall.Kill(c.target(), sig); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// target is whom signals are for.
func (c *Child) target() int {
	if c.alone {
		return c.Pid()
	}
	return -c.Pid()
}

// reap ends what is left of the group and then, only then, gives the leader's pid back. It is called once, when the
// leader has ended. (Were that not certain, because it could not be watched, the sweep would end it.)
func (c *Child) reap() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = syscall.Kill(c.target(), syscall.SIGKILL)
	err := c.cmd.Wait()
	c.reaped = true
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return nil
	}
	return err
}

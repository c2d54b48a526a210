package child

import (
	"errors"
	"io/fs"
	"os/exec"
	"syscall"
)

// Refusal is why Start could not start a program.
type Refusal int

// The refusals that lead to something else than an error.
const (
	OtherRefusal  Refusal = iota
	NotFound              // no such program
	NotExecutable         // there is, but it may not be run
	NoInterpreter         // it is text that does not say what runs it
	TooLong               // the arguments and the environment are more than the system takes
	Scarce                // this machine has run out of processes, memory or descriptors; later it may have some
)

// WhyRefused sorts an error of Start or LookPath.
func WhyRefused(err error) Refusal {
	switch number, _ := errors.AsType[syscall.Errno](err); number {
	case syscall.ENOEXEC:
		return NoInterpreter
	case syscall.E2BIG:
		return TooLong
	case syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE:
		return Scarce
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return NotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR), errors.Is(err, exec.ErrDot):
		return NotExecutable
	}
	return OtherRefusal
}

// LookPath returns where Start finds a program, or an error where it would not, or may not run it.
func LookPath(program string) (string, error) { return exec.LookPath(program) }

//go:build !linux

package child

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// onParentDeath does nothing: only Linux tells a child. Elsewhere the end of its stdin has to do.
func onParentDeath(*syscall.SysProcAttr, syscall.Signal) {}

// Adopt does nothing: only Linux lets a process adopt.
func Adopt() error { return nil }

// strays are none where nobody can adopt them.
type strays struct{}

type cpu struct{ user, system time.Duration }

func expectStrays(Spec) *strays { return nil }

func (*strays) of(int) {}

func (*strays) end() cpu { return cpu{} }

func (*strays) forget() {}

// Memory is 0: there is no /proc to tell.
func (c *Child) Memory() int64 { return 0 }

// oomKills is 0: nobody tells.
func oomKills() int { return 0 }

// giveAsParent does nothing: a process has no limits here that it could not give itself.
func giveAsParent(int) {}

// Batch does nothing: there is but one way to be scheduled.
func Batch() {}

func scheduling(bool) (restore func()) { return func() {} }

// awaitExit blocks until our child pid has ended, and leaves it to be reaped. It asks a kqueue, because waitid with
// WNOWAIT returns for a stopped child too (golang/go#19314).
func awaitExit(pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return os.NewSyscallError("kqueue", err)
	}
	defer unix.Close(queue)
	unix.CloseOnExec(queue)

	var watch unix.Kevent_t
	unix.SetKevent(&watch, pid, unix.EVFILT_PROC, unix.EV_ADD)
	watch.Fflags = unix.NOTE_EXIT
	changes := []unix.Kevent_t{watch}
	for {
		n, err := unix.Kevent(queue, changes, make([]unix.Kevent_t, 1), nil)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ESRCH: // it had ended before we asked
			return nil
		case err != nil || n > 0:
			return os.NewSyscallError("kevent", err)
		}
	}
}

package child

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Exit is how a child ended, and what it cost. Its memory is not in it: the kernel's figure for a child (ru_maxrss) is at
// least what its parent had when it was started.
type Exit struct {
	Code   int    // exit status; -1 where there is none
	Signal string // the signal that ended it, as "SIGKILL"; empty: none
	Err    error  // why Code and Signal could not be learned; nil: they were

	// OutOfMemory says that it was killed and that the kernel, while it lived, ended some process for want of memory, which
	// may have been this one (Linux only).
	OutOfMemory bool

	StderrHead    string // its first StderrKeep bytes
	StderrTail    string // its last StderrKeep bytes, none of which are in StderrHead
	StderrDropped int64  // how many bytes were between them

	User, System        time.Duration // CPU, of the children it waited for and of its strays too
	VoluntarySwitches   int64         // times it gave a CPU up
	InvoluntarySwitches int64         // times a CPU was taken from it
	MajorFaults         int64         // pages that had to be read in
}

func newExit(state *os.ProcessState, log *headTail, err error) Exit {
	e := Exit{Code: -1, Err: err, StderrHead: string(log.head), StderrTail: string(log.tail), StderrDropped: log.dropped}
	if state == nil {
		return e
	}
	e.Code = state.ExitCode()
	e.User, e.System = state.UserTime(), state.SystemTime()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = signalName(status.Signal())
	}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		e.VoluntarySwitches, e.InvoluntarySwitches = int64(usage.Nvcsw), int64(usage.Nivcsw)
		e.MajorFaults = int64(usage.Majflt)
	}
	return e
}

func signalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("SIG%d", int(sig)) // a real-time signal has no name
}

// Scarce reports whether it ended because this machine had no thread for it: a Go program, of which it must be one, does not
// survive that.
func (e Exit) Scarce() bool {
	return e.Code == 2 && (strings.HasPrefix(e.StderrHead, "runtime: failed to create new OS thread") ||
		strings.HasPrefix(e.StderrHead, "runtime/cgo: pthread_create failed"))
}

// Success reports whether it ended by itself with status 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == "" && e.Err == nil }

// String says in one line of printable ASCII how it ended, with its first line on stderr where it did not end well:
// "exit status 2: panic: boom". It has at most some 300 bytes, whatever the child wrote.
func (e Exit) String() string {
	if e.Success() {
		return "exit status 0"
	}
	if line := firstLine(e.StderrHead); line != "" {
		return e.how() + ": " + line
	}
	return e.how()
}

// Words says how it ended as String does, but with its first line on stderr and its last, however it ended: it is a program of
// others, whose first may be a banner or a warning. It has at most some 450 bytes.
func (e Exit) Words() string {
	switch first, last := firstLine(e.StderrHead), lastLine(e.StderrHead+e.StderrTail); {
	case first == "":
		return e.how()
	case first == last:
		return e.how() + ": " + first
	default:
		return e.how() + ": " + first + "; " + last
	}
}

func (e Exit) how() string {
	switch {
	case e.Err != nil:
		return ascii(e.Err.Error())
	case e.Signal == "":
		return fmt.Sprintf("exit status %d", e.Code)
	}
	killed := "killed by " + e.Signal
	if number := unix.SignalNum(e.Signal); number != 0 {
		killed = fmt.Sprintf("killed by signal %d (%s)", int(number), e.Signal)
	}
	if e.OutOfMemory {
		killed += ", possibly out of memory"
	}
	return killed
}

// firstLine is the first line of text that is not blank, fit to be shown.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return ascii(strings.TrimSpace(line))
}

// lastLine is the last likewise.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return ascii(strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:]))
}

// ascii shows at most 120 characters of s in printable ASCII: all else is escaped as in a Go string.
func ascii(s string) string {
	const most = 120
	ellipsis := ""
	if len(s) > most {
		s, ellipsis = s[:most], "..."
	}
	quoted := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) + ellipsis
}

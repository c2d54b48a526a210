package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"muster/internal/fleet"
	"muster/internal/inventory"
)

// The exit codes of muster. A later line of this table gives way to an earlier one, a signal before all.
const (
	codeGone        = 141 // whoever read stdout has gone, as a death by SIGPIPE shows in a shell
	codeDeadline    = 124 // as timeout(1) has it
	codeFailed      = 1   // muster itself failed
	codeUsage       = 2   // usage, a bad host list, no hosts
	codeTimeout     = 3   // some host timed out, was lost, or was never reached
	codeUnreachable = 4   // some host could not be reached, or would not let us in
	codeRemote      = 5   // some remote command failed, or what it said was no good
	codeCrossed     = 6   // all as asked, but a --fail-if was crossed
	codeOK          = 0
)

// statusCodes says which failure of a host makes which exit code. What is not here makes none.
var statusCodes = map[fleet.Status]int{
	fleet.StatusTimeout:     codeTimeout,
	fleet.StatusLost:        codeTimeout,
	fleet.StatusLocal:       codeTimeout,
	fleet.StatusSkipped:     codeTimeout,
	fleet.StatusCanceled:    codeTimeout,
	fleet.StatusResolve:     codeUnreachable,
	fleet.StatusRefused:     codeUnreachable,
	fleet.StatusUnreachable: codeUnreachable,
	fleet.StatusClosed:      codeUnreachable,
	fleet.StatusProtocol:    codeUnreachable,
	fleet.StatusHostKey:     codeUnreachable,
	fleet.StatusAuth:        codeUnreachable,
	fleet.StatusExit:        codeRemote,
	fleet.StatusOutput:      codeRemote,
	fleet.StatusParse:       codeRemote,
}

// ending is all that decides the exit code of a run.
type ending struct {
	signal     os.Signal // that ended it; nil: none
	gone       bool      // the reader of stdout has gone
	deadline   bool      // it came
	failed     error     // muster's own failure
	failedFast bool      // the run stopped at the first failure that is not tolerated
	byStatus   map[fleet.Status]int
	early      map[fleet.Status]int // see tally
	tolerance  tolerance            // of their failures
	crossed    []string             // rules
	groups     map[fleet.Status]int // how scripts ended, which may be otherwise than each of their hosts
	hosts      int
}

// code returns the exit code and why, in a few words; none for 0.
func (e ending) code() (int, string) {
	switch {
	case e.signal != nil:
		return signalCode(e.signal), fmt.Sprintf("interrupted: %d of %d done", e.hosts-e.unfinished(), e.hosts)
	case e.gone:
		return codeGone, "the reader of the output has gone"
	case e.deadline:
		return codeDeadline, fmt.Sprintf("deadline reached: %d of %d done", e.hosts-e.unfinished(), e.hosts)
	case e.failed != nil:
		return codeFailed, strings.ReplaceAll(e.failed.Error(), "\n", "; ")
	}
	left := e.tolerance.left(tally{e.byStatus, e.early}, e.hosts)
	for _, code := range []int{codeTimeout, codeUnreachable, codeRemote} {
		var why []string
		for _, status := range fleet.Statuses {
			if statusCodes[status] != code || e.failedFast && status.Unfinished() {
				continue
			}
			if n := left[status]; n > 0 {
				why = append(why, fmt.Sprintf("%d %s", n, status))
			} else if n := e.groups[status]; n > 0 && e.byStatus[status] == 0 { // else it is tolerated with its hosts
				why = append(why, fmt.Sprintf("%d of the scripts %s", n, status))
			}
		}
		if len(why) > 0 {
			return code, strings.Join(why, ", ")
		}
	}
	if len(e.crossed) > 0 {
		return codeCrossed, "crossed: " + strings.Join(e.crossed, "; ")
	}
	return codeOK, ""
}

func (e ending) unfinished() int {
	return e.byStatus[fleet.StatusSkipped] + e.byStatus[fleet.StatusCanceled]
}

// signalCode is 128 and the signal's number, as shells have it.
func signalCode(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return codeFailed
}

// codeOf is the exit code of a command that could not be carried out.
func codeOf(err error) int {
	var stopped interrupted
	switch {
	case errors.As(err, &stopped):
		return signalCode(stopped.Signal)
	case errors.As(err, new(usageError)), errors.Is(err, inventory.ErrNoHosts):
		return codeUsage
	case errors.Is(err, syscall.EPIPE):
		return codeGone
	}
	return codeFailed
}

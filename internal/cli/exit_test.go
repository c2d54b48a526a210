package cli

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/inventory"
)

// most is a limit as users write it; empty: none was given.
func most(text string) (l limit) {
	if text != "" {
		if err := l.Set(text); err != nil {
			panic(err)
		}
	}
	return l
}

// Every exit code, and every boundary of what is tolerated.
func TestExitCodes(t *testing.T) {
	type counts = map[fleet.Status]int
	failed := func(text string) tolerance { return tolerance{failed: most(text)} }
	unreachable := func(text string) tolerance { return tolerance{unreachable: most(text)} }
	both := func(failed, unreachable string) tolerance { return tolerance{most(failed), most(unreachable)} }
	for _, c := range []struct {
		end    ending
		code   int
		reason string
	}{
		{ending{byStatus: counts{fleet.StatusOK: 3}}, 0, ""},
		{ending{byStatus: counts{}}, 0, ""},
		{ending{byStatus: counts{fleet.StatusTimeout: 1}}, 3, "1 timeout"},
		{ending{byStatus: counts{fleet.StatusLost: 2}}, 3, "2 lost"},
		{ending{byStatus: counts{fleet.StatusLocal: 1}}, 3, "1 local"},
		{ending{byStatus: counts{fleet.StatusSkipped: 1}}, 3, "1 skipped"},
		{ending{byStatus: counts{fleet.StatusResolve: 1}}, 4, "1 resolve"},
		{ending{byStatus: counts{fleet.StatusRefused: 1}}, 4, "1 refused"},
		{ending{byStatus: counts{fleet.StatusUnreachable: 1}}, 4, "1 unreachable"},
		{ending{byStatus: counts{fleet.StatusClosed: 1}}, 4, "1 closed"},
		{ending{byStatus: counts{fleet.StatusProtocol: 1}}, 4, "1 protocol"},
		{ending{byStatus: counts{fleet.StatusHostKey: 1}}, 4, "1 hostkey"},
		{ending{byStatus: counts{fleet.StatusAuth: 1}}, 4, "1 auth"},
		{ending{byStatus: counts{fleet.StatusExit: 1}}, 5, "1 exit"},
		{ending{byStatus: counts{fleet.StatusOutput: 1}}, 5, "1 output"},
		{ending{byStatus: counts{fleet.StatusParse: 1}}, 5, "1 parse"},
		// the worst class decides, and it alone is the reason
		{ending{byStatus: counts{fleet.StatusParse: 9, fleet.StatusAuth: 2, fleet.StatusRefused: 1}}, 4, "1 refused, 2 auth"},
		{ending{byStatus: counts{fleet.StatusParse: 9, fleet.StatusAuth: 2, fleet.StatusTimeout: 1}}, 3, "1 timeout"},
		// scripts count where none of their hosts ended as they did
		{ending{groups: counts{fleet.StatusOK: 4}, byStatus: counts{fleet.StatusOK: 9}}, 0, ""},
		{ending{groups: counts{fleet.StatusExit: 2}, byStatus: counts{fleet.StatusOK: 9}}, 5, "2 of the scripts exit"},
		{ending{groups: counts{fleet.StatusExit: 2}, byStatus: counts{fleet.StatusExit: 9}}, 5, "9 exit"},
		{ending{groups: counts{fleet.StatusExit: 2, fleet.StatusOutput: 1}, byStatus: counts{fleet.StatusExit: 9, fleet.StatusParse: 1}}, 5, "9 exit, 1 of the scripts output, 1 parse"},
		{ending{groups: counts{fleet.StatusTimeout: 1}, byStatus: counts{fleet.StatusAuth: 9}}, 3, "1 of the scripts timeout"},
		{ending{groups: counts{fleet.StatusSkipped: 1, fleet.StatusCanceled: 1}}, 3, "1 of the scripts canceled, 1 of the scripts skipped"},
		{ending{failedFast: true, groups: counts{fleet.StatusSkipped: 1, fleet.StatusExit: 1}, byStatus: counts{fleet.StatusSkipped: 3, fleet.StatusOK: 3}}, 5, "1 of the scripts exit"},
		// what was not reached because the run was ended decides nothing
		{ending{failedFast: true, byStatus: counts{fleet.StatusSkipped: 7, fleet.StatusCanceled: 2, fleet.StatusAuth: 1}}, 4, "1 auth"},
		{ending{failed: errors.New("worker start: no")}, 1, "worker start: no"},
		{ending{failed: errors.New("no"), byStatus: counts{fleet.StatusSkipped: 2}}, 1, "no"},
		{ending{deadline: true, hosts: 5, failed: errors.New("no"), byStatus: counts{fleet.StatusSkipped: 2, fleet.StatusCanceled: 1}}, 124, "deadline reached: 2 of 5 done"},
		{ending{gone: true, deadline: true}, 141, "the reader of the output has gone"},
		{ending{signal: os.Interrupt, gone: true, hosts: 200, byStatus: counts{fleet.StatusSkipped: 80}}, 130, "interrupted: 120 of 200 done"},
		{ending{signal: syscall.SIGTERM, deadline: true}, 143, "interrupted: 0 of 0 done"},
		{ending{signal: syscall.SIGHUP}, 129, "interrupted: 0 of 0 done"},
		// thresholds, when nothing else is to be said
		{ending{crossed: []string{"load1 > 2", "cpus < 4"}}, 6, "crossed: load1 > 2; cpus < 4"},
		{ending{crossed: []string{"load1 > 2"}, byStatus: counts{fleet.StatusParse: 1}}, 5, "1 parse"},
		{ending{crossed: []string{"load1 > 2"}, byStatus: counts{fleet.StatusParse: 1}, tolerance: failed("1")}, 6, "crossed: load1 > 2"},
		{ending{crossed: []string{"load1 > 2"}, failed: errors.New("no")}, 1, "no"},
		{ending{crossed: []string{"load1 > 2"}, deadline: true}, 124, "deadline reached: 0 of 0 done"},
		{ending{crossed: []string{"load1 > 2"}, failedFast: true, byStatus: counts{fleet.StatusSkipped: 1}}, 6, "crossed: load1 > 2"},
		// exactly N, and one more
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 1}, tolerance: failed("0")}, 5, "1 exit"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 3}, tolerance: failed("3")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 4}, tolerance: failed("3")}, 5, "4 exit"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 1, fleet.StatusAuth: 1, fleet.StatusTimeout: 1}, tolerance: failed("3")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 2, fleet.StatusAuth: 1, fleet.StatusTimeout: 1}, tolerance: failed("3")}, 3, "1 timeout"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 9}, tolerance: failed("9")}, 0, ""},
		// exactly N percent of all hosts, and one more
		{ending{hosts: 200, byStatus: counts{fleet.StatusExit: 10}, tolerance: failed("5%")}, 0, ""},
		{ending{hosts: 200, byStatus: counts{fleet.StatusExit: 11}, tolerance: failed("5%")}, 5, "11 exit"},
		{ending{hosts: 199, byStatus: counts{fleet.StatusExit: 9}, tolerance: failed("5%")}, 0, ""},
		{ending{hosts: 199, byStatus: counts{fleet.StatusExit: 10}, tolerance: failed("5%")}, 5, "10 exit"}, // 9.95
		{ending{hosts: 7, byStatus: counts{fleet.StatusExit: 1}, tolerance: failed("14%")}, 5, "1 exit"},    // 0.98
		{ending{hosts: 7, byStatus: counts{fleet.StatusExit: 1}, tolerance: failed("15%")}, 0, ""},
		{ending{hosts: 7, byStatus: counts{fleet.StatusExit: 1}, tolerance: failed("0%")}, 5, "1 exit"},
		{ending{hosts: 7, byStatus: counts{fleet.StatusExit: 7}, tolerance: failed("100%")}, 0, ""},
		{ending{hosts: 7, byStatus: counts{fleet.StatusExit: 7}, tolerance: failed("99%")}, 5, "7 exit"},
		// no hosts
		{ending{tolerance: failed("0")}, 0, ""},
		{ending{tolerance: failed("5%")}, 0, ""},
		{ending{tolerance: both("0%", "0%")}, 0, ""},
		// what is charged to --max-unreachable, where it is given
		{ending{hosts: 9, byStatus: counts{fleet.StatusResolve: 1}, early: counts{fleet.StatusResolve: 1}, tolerance: unreachable("1")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 1}, early: counts{fleet.StatusRefused: 1}, tolerance: unreachable("1")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusUnreachable: 1}, early: counts{fleet.StatusUnreachable: 1}, tolerance: unreachable("1")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusClosed: 1}, early: counts{fleet.StatusClosed: 1}, tolerance: unreachable("1")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 1}, early: counts{fleet.StatusTimeout: 1}, tolerance: unreachable("1")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusClosed: 1}, tolerance: unreachable("1")}, 4, "1 closed"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 1}, tolerance: unreachable("1")}, 3, "1 timeout"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 3}, early: counts{fleet.StatusTimeout: 2}, tolerance: unreachable("2")}, 3, "1 timeout"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 3}, early: counts{fleet.StatusTimeout: 2}, tolerance: unreachable("1")}, 3, "3 timeout"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 3}, early: counts{fleet.StatusTimeout: 2}, tolerance: both("1", "2")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 3}, early: counts{fleet.StatusTimeout: 2}, tolerance: failed("2")}, 3, "3 timeout"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusTimeout: 3}, early: counts{fleet.StatusTimeout: 2}, tolerance: failed("3")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusHostKey: 1}, tolerance: unreachable("9")}, 4, "1 hostkey"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusAuth: 1}, tolerance: unreachable("9")}, 4, "1 auth"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusProtocol: 1}, tolerance: unreachable("9")}, 4, "1 protocol"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusLost: 1}, tolerance: unreachable("9")}, 3, "1 lost"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusLocal: 1}, tolerance: unreachable("9")}, 3, "1 local"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusExit: 1}, tolerance: unreachable("9")}, 5, "1 exit"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 3}, early: counts{fleet.StatusRefused: 3}, tolerance: unreachable("2")}, 4, "3 refused"},
		{ending{hosts: 20, byStatus: counts{fleet.StatusRefused: 2}, early: counts{fleet.StatusRefused: 2}, tolerance: unreachable("10%")}, 0, ""},
		{ending{hosts: 20, byStatus: counts{fleet.StatusRefused: 3}, early: counts{fleet.StatusRefused: 3}, tolerance: unreachable("10%")}, 4, "3 refused"},
		// each limit by itself: what one tolerates decides nothing when the other is exceeded
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 2, fleet.StatusExit: 2}, early: counts{fleet.StatusRefused: 2}, tolerance: both("2", "2")}, 0, ""},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 2, fleet.StatusExit: 3}, early: counts{fleet.StatusRefused: 2}, tolerance: both("2", "2")}, 5, "3 exit"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 3, fleet.StatusExit: 2}, early: counts{fleet.StatusRefused: 3}, tolerance: both("2", "2")}, 4, "3 refused"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 3, fleet.StatusExit: 3}, early: counts{fleet.StatusRefused: 3}, tolerance: both("2", "2")}, 4, "3 refused"},
		{ending{hosts: 9, byStatus: counts{fleet.StatusRefused: 1, fleet.StatusExit: 1}, early: counts{fleet.StatusRefused: 1}, tolerance: both("", "1")}, 5, "1 exit"},
		// what the run did not come to is charged to nobody, and tolerated by nobody
		{ending{hosts: 9, byStatus: counts{fleet.StatusSkipped: 1}, tolerance: both("9", "9")}, 3, "1 skipped"},
		// scripts are tolerated with their hosts, not beyond
		{ending{hosts: 9, groups: counts{fleet.StatusExit: 1}, byStatus: counts{fleet.StatusExit: 3}, tolerance: failed("3")}, 0, ""},
		{ending{hosts: 9, groups: counts{fleet.StatusExit: 1}, byStatus: counts{fleet.StatusExit: 3}, tolerance: failed("2")}, 5, "3 exit"},
		{ending{hosts: 9, groups: counts{fleet.StatusExit: 1}, byStatus: counts{fleet.StatusOK: 3}, tolerance: failed("100%")}, 5, "1 of the scripts exit"},
	} {
		if code, reason := c.end.code(); code != c.code || reason != c.reason {
			t.Errorf("%+v: %d %q, want %d %q", c.end, code, reason, c.code, c.reason)
		}
	}
}

// Every failure of a host makes an exit code; success makes none.
func TestEveryStatusHasACode(t *testing.T) {
	for _, status := range fleet.Statuses {
		if _, has := statusCodes[status]; has != status.Failed() {
			t.Errorf("%s: a code %v, failed %v", status, has, status.Failed())
		}
	}
}

// Whatever else happened, a run whose every host is ok and that nothing disturbed is the only one with exit code 0.
func TestZeroMeansAllWell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := ending{byStatus: map[fleet.Status]int{}, groups: map[fleet.Status]int{}}
		if rapid.Bool().Draw(t, "signal") {
			e.signal = os.Interrupt
		}
		e.gone, e.deadline = rapid.Bool().Draw(t, "gone"), rapid.Bool().Draw(t, "deadline")
		if rapid.Bool().Draw(t, "failed") {
			e.failed = errors.New("no")
		}
		failures := 0
		for _, status := range fleet.Statuses {
			e.byStatus[status] = rapid.IntRange(0, 2).Draw(t, string(status))
			e.groups[status] = rapid.IntRange(0, 1).Draw(t, "groups "+string(status))
			if status.Failed() {
				failures += e.byStatus[status] + e.groups[status]
			}
		}
		code, reason := e.code()
		well := e.signal == nil && !e.gone && !e.deadline && e.failed == nil && failures == 0
		if (code == 0) != well || (reason == "") != well {
			t.Fatalf("%+v: %d %q", e, code, reason)
		}
	})
}

func TestCodeOfAnError(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{usagef("no"), 2},
		{fmt.Errorf("list: %w", usagef("no")), 2},
		{fmt.Errorf("list: %w", inventory.ErrNoHosts), 2},
		{fmt.Errorf("write: %w", syscall.EPIPE), 141},
		{errors.New("no"), 1},
	} {
		if code := codeOf(c.err); code != c.code {
			t.Errorf("%v: %d, want %d", c.err, code, c.code)
		}
	}
}

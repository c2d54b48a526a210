package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"muster/internal/fleet"
)

// limit is how many failures are tolerated: a number of hosts, or of percent of all hosts. Without one it is none.
type limit struct {
	given   bool
	most    int
	percent bool
}

// Set parses N or N%.
func (l *limit) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || percent && n > 100 {
		return fmt.Errorf("%q: a number of hosts, or a whole number of percent, such as 5%%", text)
	}
	*l = limit{given: true, most: n, percent: percent}
	return nil
}

func (l *limit) String() string {
	switch {
	case l == nil || !l.given:
		return ""
	case l.percent:
		return strconv.Itoa(l.most) + "%"
	}
	return strconv.Itoa(l.most)
}

// exceeded reports whether n of so many hosts are more than the limit.
func (l limit) exceeded(n, hosts int) bool {
	if l.percent {
		return 100*n > l.most*hosts
	}
	return n > l.most
}

// tally counts how hosts ended.
type tally struct {
	byStatus map[fleet.Status]int
	early    map[fleet.Status]int // those of them that were not reached as far as to log in
}

func newTally() tally { return tally{map[fleet.Status]int{}, map[fleet.Status]int{}} }

// add counts n hosts that ended so.
func (t tally) add(n int, s fleet.Status, p fleet.Phase) {
	t.byStatus[s] += n
	switch s {
	case fleet.StatusResolve, fleet.StatusRefused, fleet.StatusUnreachable:
		t.early[s] += n
	case fleet.StatusClosed, fleet.StatusTimeout:
		if p.BeforeAuth() {
			t.early[s] += n
		}
	}
}

func (t tally) clone() tally { return tally{maps.Clone(t.byStatus), maps.Clone(t.early)} }

// tolerance is how much failure of hosts is none of the run's.
type tolerance struct{ failed, unreachable limit }

// charge is what was held against one limit.
type charge struct {
	option   string
	limit    limit
	byStatus map[fleet.Status]int
	hosts    int // in all
	exceeded bool
}

// charges holds failures against the limit that is theirs: those of hosts that were not reached against --max-unreachable
// where it is given, all others against --max-failed. What was not done because the run ended is charged to nobody.
func (t tolerance) charges(ended tally, hosts int) []charge {
	failed := charge{option: "--max-failed", limit: t.failed, byStatus: map[fleet.Status]int{}}
	unreachable := charge{option: "--max-unreachable", limit: t.unreachable, byStatus: map[fleet.Status]int{}}
	for status, n := range ended.byStatus {
		if !status.Failed() || status.Unfinished() {
			continue
		}
		early := 0
		if t.unreachable.given {
			early = ended.early[status]
		}
		failed.add(status, n-early)
		unreachable.add(status, early)
	}
	failed.exceeded = t.failed.exceeded(failed.hosts, hosts)
	unreachable.exceeded = t.unreachable.exceeded(unreachable.hosts, hosts)
	return []charge{failed, unreachable}
}

func (c *charge) add(s fleet.Status, n int) {
	c.byStatus[s] += n
	c.hosts += n
}

// exceeded reports whether there is more failure than is tolerated.
func (t tolerance) exceeded(ended tally, hosts int) bool {
	return slices.ContainsFunc(t.charges(ended, hosts), func(c charge) bool { return c.exceeded })
}

// left counts by status the failures that are not tolerated, all where nothing is.
func (t tolerance) left(ended tally, hosts int) map[fleet.Status]int {
	left := maps.Clone(ended.byStatus)
	for _, c := range t.charges(ended, hosts) {
		for status, n := range c.byStatus {
			if !c.exceeded {
				left[status] -= n
			}
		}
	}
	return left
}

// said is what to say of what was charged to a limit that was given; empty: nothing.
func (c charge) said(hosts int) string {
	if !c.limit.given || c.hosts == 0 {
		return ""
	}
	var parts []string
	for _, status := range fleet.Statuses {
		if n := c.byStatus[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	verb := "tolerates"
	if c.exceeded {
		verb = "does not tolerate"
	}
	return fmt.Sprintf("%s %s %s %d of %d: %s", c.option, &c.limit, verb, c.hosts, hosts, strings.Join(parts, ", "))
}

// failFast returns what stops the run: the first failure that is not tolerated. It is nil where nothing is to.
func (g *gathering) failFast(l *ledger) func(hosts int, o fleet.Outcome) bool {
	if !g.time.failFast {
		return nil
	}
	ended, beat := l.ended.clone(), l.beat
	return func(hosts int, o fleet.Outcome) bool {
		if l.beat != beat {
			ended, beat = newTally(), l.beat
		}
		ended.add(hosts, o.Status, o.Phase)
		return o.Status.Unfinished() || o.Status.Failed() && g.limits.exceeded(ended, len(l.hosts))
	}
}

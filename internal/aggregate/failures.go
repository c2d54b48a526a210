package aggregate

import (
	"cmp"
	"slices"

	"muster/internal/fleet"
)

// Failure is the hosts that ended with one status other than ok.
type Failure struct {
	Status  fleet.Status
	Hosts   []string // labels, as the outcomes came
	Reasons []Reason // that which most hosts share first
}

// Reason is the hosts of a Failure that stopped at the same place with the same error.
type Reason struct {
	Phase fleet.Phase
	Hop   string
	Error string // raw text, possibly from a host
	Hosts []string
}

// Failures groups the outcomes that are not ok by status, in the order of fleet.Statuses, and within it by reason.
func Failures(outcomes []*fleet.Outcome) []Failure {
	var failures []Failure
	byStatus := make(map[fleet.Status]int)
	type cause struct {
		status     fleet.Status
		phase      fleet.Phase
		hop, error string
	}
	byCause := make(map[cause]int)
	for _, o := range outcomes {
		if !o.Status.Failed() {
			continue
		}
		at, ok := byStatus[o.Status]
		if !ok {
			at = len(failures)
			byStatus[o.Status] = at
			failures = append(failures, Failure{Status: o.Status})
		}
		f := &failures[at]
		f.Hosts = append(f.Hosts, o.Host)

		why := cause{o.Status, o.Phase, o.Hop, o.Error}
		at, ok = byCause[why]
		if !ok {
			at = len(f.Reasons)
			byCause[why] = at
			f.Reasons = append(f.Reasons, Reason{Phase: o.Phase, Hop: o.Hop, Error: o.Error})
		}
		f.Reasons[at].Hosts = append(f.Reasons[at].Hosts, o.Host)
	}
	for _, f := range failures {
		slices.SortStableFunc(f.Reasons, func(a, b Reason) int { return cmp.Compare(len(b.Hosts), len(a.Hosts)) })
	}
	slices.SortStableFunc(failures, func(a, b Failure) int { return cmp.Compare(rank(a.Status), rank(b.Status)) })
	return failures
}

// rank puts statuses that fleet does not list last.
func rank(s fleet.Status) int {
	if i := slices.Index(fleet.Statuses, s); i >= 0 {
		return i
	}
	return len(fleet.Statuses)
}

package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muster/internal/fleet"
)

// pick returns the hosts to show in the order to show them, and how many Top leaves out.
func (o Options) pick(hosts []*fleet.Outcome) (shown []*fleet.Outcome, left int, err error) {
	field, descending, err := o.order()
	if err != nil {
		return nil, 0, err
	}
	if field != nil {
		hosts = sorted(hosts, *field, descending)
	}
	if o.Top > 0 && o.Top < len(hosts) {
		return hosts[:o.Top], len(hosts) - o.Top, nil
	}
	return hosts, 0, nil
}

// sorted returns hosts ordered by a field. Hosts that lack it come last either way; equals keep the order given.
func sorted(hosts []*fleet.Outcome, field fleet.Field, descending bool) []*fleet.Outcome {
	type entry struct {
		value any
		host  *fleet.Outcome
	}
	entries := make([]entry, len(hosts))
	for i, h := range hosts {
		entries[i] = entry{field.Value(h), h}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return compareAbsentLast(a.value, b.value, func(a, b any) int {
			if descending {
				return compare(b, a)
			}
			return compare(a, b)
		})
	})
	ordered := make([]*fleet.Outcome, len(entries))
	for i, e := range entries {
		ordered[i] = e.host
	}
	return ordered
}

// compareAbsentLast orders two values of one field, which either host may lack.
func compareAbsentLast(a, b any, compare func(a, b any) int) int {
	switch {
	case absent(a) && absent(b):
		return 0
	case absent(a):
		return 1
	case absent(b):
		return -1
	}
	return compare(a, b)
}

func absent(value any) bool { return value == nil || value == "" }

// compare orders two values of one field.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case time.Time:
		return a.Compare(b.(time.Time))
	case bool:
		if a == b.(bool) {
			return 0
		}
		if a {
			return 1
		}
	}
	return -1
}

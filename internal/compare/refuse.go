package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/internal/fleet"
)

// refuse sets aside the arms that did not do the baseline's work: whose outcomes, counted by status, differ from sample to
// sample, or from the baseline's. A job that fails is over sooner, or later, than one that does not.
func (k *kind) refuse() {
	for _, arm := range k.arms {
		worst := slices.MaxFunc(arm.Samples, func(a, b Sample) int { return cmp.Compare(a.Failed, b.Failed) })
		if i := slices.IndexFunc(arm.Samples, func(s Sample) bool { return !sameWork(s, worst) }); i >= 0 {
			arm.Refused = contrast(worst, "some samples", arm.Samples[i], "others")
		}
	}
	baseline := k.baseline
	for _, arm := range k.arms {
		switch {
		case arm.Refused != "":
		case baseline.Refused != "":
			arm.Refused = fmt.Sprintf("there is no baseline: of %s %s", baseline.Way(), baseline.Refused)
		case !sameWork(arm.Samples[0], baseline.Samples[0]):
			arm.Refused = contrast(arm.Samples[0], "its own samples", baseline.Samples[0], "the baseline's")
		}
	}
}

func sameWork(a, b Sample) bool { return maps.Equal(counts(a), counts(b)) }

// counts are a sample's counts by status, without those of 0.
func counts(s Sample) map[string]int {
	some := maps.Clone(s.ByStatus)
	maps.DeleteFunc(some, func(_ string, n int) bool { return n == 0 })
	return some
}

// contrast says how two samples differ: "3 of 200 failed (3 timeout) in some samples, none in others".
func contrast(a Sample, whoseA string, b Sample, whoseB string) string {
	if a.Items != b.Items {
		return fmt.Sprintf("%d items in %s, %d in %s", a.Items, whoseA, b.Items, whoseB)
	}
	return fmt.Sprintf("%s of %d failed%s in %s, %s%s in %s",
		none(a.Failed), a.Items, failures(a), whoseA, none(b.Failed), failures(b), whoseB)
}

func none(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// failures lists a sample's failures by status, in the order of fleet.Statuses: " (3 timeout, 1 lost)".
func failures(s Sample) string {
	var words []string
	for _, status := range fleet.Statuses {
		if n := s.ByStatus[string(status)]; n > 0 && status.Failed() {
			words = append(words, fmt.Sprintf("%d %s", n, status))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

package compare

import (
	"fmt"
	"slices"
	"strings"
)

// apart says, for each way to run that all kinds were run in, how long they take one after the other and how long together.
func apart(kinds []*kind) (said []string) {
	at := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == Together })
	if at < 0 || len(kinds) < 2 {
		return nil
	}
	others := slices.Delete(slices.Clone(kinds), at, at+1)
	whole := kinds[at].compared()
	for _, arm := range whole {
		if parts := sameWay(others, arm); parts != nil {
			said = append(said, arm.Way()+": "+sum(parts, arm, len(whole)))
		}
	}
	return said
}

// sameWay returns the arm of each kind that is run as r is; nil where one has none, or it was refused.
func sameWay(kinds []*kind, r *Result) (found []*Result) {
	for _, k := range kinds {
		arms := k.compared()
		i := slices.IndexFunc(arms, func(a *Result) bool { return a.Way() == r.Way() })
		if i < 0 {
			return nil
		}
		found = append(found, arms[i])
	}
	return found
}

// sum holds what the parts took in each round against what the whole took, as one of so many tests.
func sum(parts []*Result, whole *Result, tests int) string {
	sums := make([]float64, len(whole.Samples))
	total := 0.0
	var words []string
	for _, part := range parts {
		for i, x := range part.values(wall) {
			sums[i] += x
		}
		total += part.Median
		words = append(words, seconds(part.Median))
	}
	result := "no difference shown"
	if h := hold(whole.values(wall), sums, tests); h.side != 0 && total > 0 {
		result = fmt.Sprintf("%.0f %% of it", 100*whole.Median/total)
	}
	added := strings.Join(words, " + ")
	if len(words) > 1 {
		added += " = " + seconds(total)
	}
	return fmt.Sprintf("apart %s; together %s: %s", added, seconds(whole.Median), result)
}

package compare

import (
	"cmp"
	"fmt"
	"slices"
)

// verdict says in sentences what the samples show, and of no arm that was refused anything but why. Where there are kinds
// that are also taken together, what it costs and how it scales is said of that alone.
func verdict(kinds []*kind) []string {
	var said []string
	add := func(sentences ...string) {
		for _, s := range sentences {
			if s != "" {
				said = append(said, s)
			}
		}
	}
	for _, k := range kinds {
		add(k.best())
	}
	for _, k := range kinds {
		for _, l := range k.levels() {
			add(l.speed())
		}
	}
	for _, k := range mattering(kinds) {
		add(k.scaling()...)
	}
	for _, k := range mattering(kinds) {
		for _, l := range k.levels() {
			add(l.cost())
		}
	}
	add(apart(kinds)...)
	for _, k := range kinds {
		add(k.refused()...)
	}
	return said
}

// mattering are the kinds taken together, if they are, and else all.
func mattering(kinds []*kind) []*kind {
	if i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == Together }); i >= 0 {
		return kinds[i : i+1]
	}
	return kinds
}

// best holds the fastest arm against the baseline.
func (k *kind) best() string {
	var faster []*Result
	tested := 0
	for _, arm := range k.compared() {
		if arm.Difference != "" {
			tested++
		}
		if arm.Difference == Faster && arm.Ratio != nil {
			faster = append(faster, arm)
		}
	}
	baseline := k.baseline
	if tested == 0 {
		return ""
	}
	if len(faster) == 0 {
		return k.of("nothing is shown to be faster than %s", baseline.Way())
	}
	best := fastest(faster)
	h := held{ratio: *best.Ratio, bounded: best.RatioLow != nil}
	if h.bounded {
		h.low, h.high = *best.RatioLow, *best.RatioHigh
	}
	ratio, interval := h.factor()
	inFlight := ""
	if best.InFlight != baseline.InFlight {
		inFlight = fmt.Sprintf(", with %d in flight against %d", best.InFlight, baseline.InFlight)
	}
	return k.of("%s %s %s %s%s%s", best.Way(), best.does("is", "are"), ratio, baseline.Way(), interval, inFlight)
}

// fastest is the arm of the least median, the first of several.
func fastest(arms []*Result) *Result {
	return slices.MinFunc(arms, func(a, b *Result) int { return cmp.Compare(a.Median, b.Median) })
}

// refused says which arms were set aside, and why; once for all, where it is for the baseline.
func (k *kind) refused() (said []string) {
	if reason := k.baseline.Refused; reason != "" {
		return []string{k.of("nothing can be compared with %s: %s", k.baseline.Way(), reason)}
	}
	for _, arm := range k.arms {
		if arm.Refused != "" {
			said = append(said, fmt.Sprintf("%s cannot be compared: %s", arm.Name(), arm.Refused))
		}
	}
	return said
}

package compare

import (
	"cmp"
	"slices"
	"strings"

	"muster/internal/stats"
)

// recommend returns the options to use: those of an arm that is not shown to be slower than the fastest and, of such arms,
// to use more CPU than the one of least, then more memory; of what is left it is that of fewest chunks, then that which the
// design names first. It is empty where no two arms were compared, or every item failed, where there are too few samples to show
// anything, or kinds that were not taken together.
func recommend(kinds []*kind) string {
	kinds = mattering(kinds)
	if len(kinds) != 1 {
		return ""
	}
	arms := kinds[0].compared()
	if len(arms) < 2 || arms[0].Samples[0].Failed == arms[0].Samples[0].Items || stats.LeastP(len(arms[0].Samples), len(arms[0].Samples)) >= alpha {
		return ""
	}
	arms = least(arms, wall)
	arms = least(arms, Sample.CPUSeconds)
	if !slices.ContainsFunc(arms, func(r *Result) bool { return slices.Contains(r.values(memory), 0) }) {
		arms = least(arms, memory)
	}
	best := slices.MinFunc(arms, func(a, b *Result) int { return cmp.Compare(a.Chunks, b.Chunks) })
	return strings.Join(best.Args(), " ")
}

// least returns the arms that are not shown to take more than that of the least median. The tests are not corrected: an arm
// that goes too easily is worth little, since that of the least is as good.
func least(arms []*Result, m Measure) []*Result {
	best := slices.MinFunc(arms, func(a, b *Result) int { return cmp.Compare(a.MedianOf(m), b.MedianOf(m)) }).values(m)
	return slices.DeleteFunc(slices.Clone(arms), func(r *Result) bool { return hold(r.values(m), best, 1).side > 0 })
}

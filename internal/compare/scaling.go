package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"muster/internal/strategy"
)

// scaling says of each strategy, and each number in flight in a chunk, what more chunks bring.
func (k *kind) scaling() (said []string) {
	type curve struct {
		strategy string
		fanout   int
	}
	var order []curve
	arms := map[curve][]*Result{}
	for _, arm := range k.compared() {
		if !strategy.Chunked(arm.Strategy) {
			continue
		}
		c := curve{arm.Strategy, arm.Fanout}
		if arms[c] == nil {
			order = append(order, c)
		}
		arms[c] = append(arms[c], arm)
	}
	for _, c := range order {
		byChunks := func(a, b *Result) int { return cmp.Compare(a.Chunks, b.Chunks) }
		slices.SortStableFunc(arms[c], byChunks)
		counts := slices.CompactFunc(arms[c], func(a, b *Result) bool { return a.Chunks == b.Chunks })
		if len(counts) > 1 {
			said = append(said, k.of("%s", scale(counts)))
		}
	}
	return said
}

// scale says from which number of chunks on none is shown to be faster, and what becomes of the cost from there to the most
// chunks. arms are ascending by chunks.
func scale(arms []*Result) string {
	tests := 3 * pairs(len(arms)) // three measures
	last := arms[len(arms)-1]
	enough := slices.IndexFunc(arms, func(a *Result) bool {
		return !slices.ContainsFunc(arms, func(b *Result) bool {
			return b.Chunks > a.Chunks && hold(b.values(wall), a.values(wall), tests).side < 0
		})
	})
	knee := arms[enough]
	each := fmt.Sprintf("each with %d in flight", last.Fanout)
	if knee == last {
		return fmt.Sprintf("%s %s up to %d chunks, %s, the most that were tried",
			last.Strategy, last.does("gains", "gain"), last.Chunks, each)
	}
	text := fmt.Sprintf("beyond %s, %s, %s %s no gain",
		count(knee.Chunks, "chunk", "chunks"), each, last.Strategy, last.does("shows", "show"))
	if h := hold(last.values(wall), knee.values(wall), tests); h.side > 0 && h.ratio > 0 {
		ratio, interval := h.factor()
		text += fmt.Sprintf(", and at %d %s %s the time%s", last.Chunks, last.does("takes", "take"), ratio, interval)
	}
	var costs []string
	for _, of := range []struct {
		Measure
		name, verb, those string
	}{
		{involuntary, "involuntary switches", "are", "those"},
		{Sample.CPUSeconds, "CPU", "is", "that"},
	} {
		h := hold(last.values(of.Measure), knee.values(of.Measure), tests)
		if h.side != 0 && h.ratio > 0 && max(h.ratio, 1/h.ratio) > 1.1 {
			ratio, _ := h.factor()
			costs = append(costs, fmt.Sprintf("%s at %d %s %s %s at %d", of.name, last.Chunks, of.verb, ratio, of.those, knee.Chunks))
		}
	}
	return strings.Join(append([]string{text}, costs...), "; ")
}

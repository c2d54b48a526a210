package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// level is the arms of a kind, two at least, that have the same number in flight.
type level struct {
	kind *kind
	arms []*Result
}

// levels are in the order of their number in flight. No arm in them was refused.
func (k *kind) levels() []level {
	arms := k.compared()
	slices.SortStableFunc(arms, func(a, b *Result) int { return cmp.Compare(a.InFlight, b.InFlight) })
	var levels []level
	for len(arms) > 0 {
		n := 1
		for n < len(arms) && arms[n].InFlight == arms[0].InFlight {
			n++
		}
		if n > 1 {
			levels = append(levels, level{k, arms[:n]})
		}
		arms = arms[n:]
	}
	return levels
}

// speed says which arms are the fastest of the level, and how much slower the others are.
func (l level) speed() string {
	first := fastest(l.arms)
	against := make(map[*Result]held, len(l.arms))
	var equals, slower []string
	for _, arm := range l.arms {
		h := hold(arm.values(wall), first.values(wall), pairs(len(l.arms)))
		against[arm] = h
		if h.side <= 0 || h.ratio == 0 {
			equals = append(equals, arm.Way())
		}
	}
	text, its := list(equals)+": no difference shown", "the time of "+first.Way()
	if len(equals) == 1 {
		text, its = fmt.Sprintf("%s %s fastest", first.Way(), first.does("is", "are")), first.does("its", "their")+" time"
	}
	for _, arm := range l.arms {
		if h := against[arm]; h.side > 0 && h.ratio > 0 {
			ratio, interval := h.factor()
			slower = append(slower, fmt.Sprintf("%s %s %s %s%s", arm.Way(), arm.does("takes", "take"), ratio, its, interval))
		}
	}
	if len(slower) > 0 {
		text += "; " + list(slower)
	}
	return l.at(text)
}

// cost says where one arm takes over a tenth more memory or processor time than another: that of most against that of
// least.
func (l level) cost() string {
	var said []string
	for _, of := range []struct {
		Measure
		write            func(float64) string
		one, many, after string
	}{
		{memory, size, "holds", "hold", ""},
		{Sample.CPUSeconds, seconds, "uses", "use", " of CPU"},
	} {
		compare := func(a, b *Result) int { return cmp.Compare(a.MedianOf(of.Measure), b.MedianOf(of.Measure)) }
		most, least := slices.MaxFunc(l.arms, compare), slices.MinFunc(l.arms, compare)
		h := hold(most.values(of.Measure), least.values(of.Measure), 2*pairs(len(l.arms))) // two measures
		if h.side > 0 && h.ratio > 1.1 {
			said = append(said, fmt.Sprintf("%s %s %s%s where %s %s %s",
				most.Way(), most.does(of.one, of.many), of.write(most.MedianOf(of.Measure)), of.after,
				least.Way(), least.does(of.one, of.many), of.write(least.MedianOf(of.Measure))))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return l.at(strings.Join(said, "; "))
}

func (l level) at(text string) string {
	return l.kind.of("at %d in flight: %s", l.arms[0].InFlight, text)
}

package compare

import (
	"errors"
	"fmt"
	"slices"

	"muster/internal/strategy"
)

// Choice is which ways of running the job are to be compared; what is nil was not said. A strategy that is listed twice
// is two arms, which shows what a comparison makes of no difference.
type Choice struct {
	Strategies []string
	Chunks     []int
	Fanouts    []int
}

// made reports whether anything was said.
func (c Choice) made() bool { return c.Strategies != nil || c.Chunks != nil || c.Fanouts != nil }

// check refuses what a form does not have: a script takes its whole chunk at once.
func (c Choice) check(form Form) error {
	if form.Grain != Grouped {
		return nil
	}
	if c.Fanouts != nil {
		return errors.New("a script takes its whole chunk at once: there is no fan-out to choose")
	}
	for _, name := range c.Strategies {
		if strategy.DefaultFanout(name) > 1 {
			return fmt.Errorf("a script takes its whole chunk at once: %s is serial, threads or processes for it", name)
		}
	}
	return nil
}

// Grain says what the items of a job spend their time on, on which it depends which arms are worth a look.
type Grain int

const (
	Computing Grain = iota // on a processor, or a disk
	Waiting                // for somebody else
	Mixed                  // now this, now that
	Grouped                // for a script that takes all items of a chunk
)

// Arms are those of a choice, or else a few that show what there is to see. Each is what a run makes of its options
// under the limits; arms that become alike are one. What had to be lowered comes back as notes.
func Arms(choice Choice, form Form, limits strategy.Limits) ([]Arm, []string, error) {
	if err := choice.check(form); err != nil {
		return nil, nil, err
	}
	asks := few(form.Grain, limits.Cores)
	if choice.made() {
		asks = product(choice, form.Grain, limits.Cores)
	}
	var arms []Arm
	var notes []string
	for _, ask := range asks {
		plan, lowered, err := strategy.New(ask, limits)
		if err != nil {
			return nil, nil, err
		}
		if plan.MaxProcs < plan.Chunks {
			return nil, nil, fmt.Errorf("%s: %d chunks, of which only %d can be worked on at once", plan.Strategy, plan.Chunks, plan.MaxProcs)
		}
		lowered = append(lowered, fit(ask, &plan, limits.Hosts)...)
		arm := Arm{Strategy: plan.Strategy, Chunks: plan.Chunks, Fanout: plan.Fanout}
		for taken := 1; slices.Contains(arms, arm) && taken < times(choice.Strategies, arm.Strategy); taken++ {
			arm.Copy = taken + 1
		}
		if !slices.Contains(arms, arm) {
			arms = append(arms, arm)
		}
		if choice.made() {
			notes = addNew(notes, lowered)
		}
	}
	return ofKinds(form.Kinds, arms), notes, nil
}

// fit lowers a plan's fan-out to what a chunk has of so many items, so that arms that come to the same are alike, and
// returns notes of what is less than was asked for.
func fit(ask strategy.Ask, plan *strategy.Plan, items int) (notes []string) {
	if plan.Chunks < ask.Chunks {
		notes = append(notes, fmt.Sprintf("chunks lowered from %d to %d: there are %d items", ask.Chunks, plan.Chunks, items))
	}
	if most := (items + plan.Chunks - 1) / max(plan.Chunks, 1); most < plan.Fanout {
		notes = append(notes, fmt.Sprintf("fan-out lowered from %d to %d: a chunk of %d has no more of %d items", plan.Fanout, most, plan.Chunks, items))
		plan.Fanout = most
	}
	return notes
}

// times is how often one is among all.
func times[T comparable](all []T, one T) int {
	n := 0
	for _, each := range all {
		if each == one {
			n++
		}
	}
	return n
}

// ofKinds are the arms for each kind of a workload that has several.
func ofKinds(kinds []string, arms []Arm) []Arm {
	if len(kinds) == 0 {
		return arms
	}
	var all []Arm
	for _, kind := range kinds {
		for _, arm := range arms {
			arm.Kind = kind
			all = append(all, arm)
		}
	}
	return all
}

// few are arms that are matched by what they have in flight: 1, and then one or two levels.
func few(grain Grain, cores int) []strategy.Ask {
	const many = 64 // in flight, where that costs little
	asks := []strategy.Ask{{Strategy: serial}}
	add := func(name string, chunks, fanout int) {
		asks = append(asks, strategy.Ask{Strategy: name, Chunks: chunks, Fanout: fanout})
	}
	switch grain {
	case Waiting:
		add("threads", 4*cores, 1)
		add("processes", 4*cores, 1)
		add("async", 0, many)
		add("threads", cores, max(many/cores, 1))
		add("hybrid", cores, max(many/cores, 1))
		add("hybrid", 4*cores, max(many/cores/4, 1))
	case Mixed:
		add("async", 0, 8*cores)
		add("threads", 8*cores, 1)
		add("processes", 8*cores, 1)
		add("hybrid", cores, 8)
	default:
		if grain == Computing {
			add("async", 0, 4*cores)
		}
		for _, chunks := range []int{cores, 2 * cores, 4 * cores} {
			add("threads", chunks, 1)
			add("processes", chunks, 1)
		}
	}
	return asks
}

// product is every strategy with every chunk count and fan-out that it takes.
func product(choice Choice, grain Grain, cores int) []strategy.Ask {
	strategies, chunks, fanouts := choice.Strategies, choice.Chunks, choice.Fanouts
	if strategies == nil {
		strategies = []string{serial, "threads", "processes"}
		if grain != Grouped {
			strategies = append(strategies, "async", "hybrid")
		}
	}
	if chunks == nil {
		chunks = []int{cores, 4 * cores}
	}
	if fanouts == nil {
		fanouts = []int{1}
		if grain != Grouped {
			fanouts = []int{1, 16}
		}
	}
	var asks []strategy.Ask
	for _, name := range strategies {
		for _, n := range oneUnless(strategy.Chunked(name), chunks) {
			for _, f := range oneUnless(strategy.Fanned(name), fanouts) {
				if choice.Strategies == nil && f == 1 && strategy.DefaultFanout(name) > 1 {
					continue // it is serial, or processes, under another name
				}
				asks = append(asks, strategy.Ask{Strategy: name, Chunks: n, Fanout: f})
			}
		}
	}
	return asks
}

// oneUnless is the one value of what there is no choice of.
func oneUnless(choice bool, values []int) []int {
	if choice {
		return values
	}
	return []int{0}
}

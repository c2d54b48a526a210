package compare

import (
	"fmt"
	"slices"
)

// serial is the strategy that others are held against where it is among them.
const serial = "serial"

// kind is the arms that run the same job, in the order of the design.
type kind struct {
	name     string
	baseline *Result // the first that is serial, or else the first
	arms     []*Result
}

func byKind(arms []Result) []*kind {
	var kinds []*kind
	for i := range arms {
		arm := &arms[i]
		at := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == arm.Kind })
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, &kind{name: arm.Kind, baseline: arm})
		}
		k := kinds[at]
		k.arms = append(k.arms, arm)
		if arm.Strategy == serial && k.baseline.Strategy != serial {
			k.baseline = arm
		}
	}
	return kinds
}

// compared are the arms that were not refused.
func (k *kind) compared() []*Result {
	return slices.DeleteFunc(slices.Clone(k.arms), func(r *Result) bool { return r.Refused != "" })
}

// of puts the kind, where it has a name, before what is said of it.
func (k *kind) of(sentence string, args ...any) string {
	sentence = fmt.Sprintf(sentence, args...)
	if k.name != "" {
		return k.name + ": " + sentence
	}
	return sentence
}

package compare

import "math/rand/v2"

// Order returns the arms, 0 to arms-1, in the order in which a round takes their samples: a fresh one for each round, so
// that what changes slowly on a machine, or what one arm leaves to the next, favours none. The same seed and round give the
// same order.
func Order(seed uint64, round, arms int) []int {
	return rand.New(rand.NewPCG(seed, uint64(round))).Perm(arms)
}

package simulate

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// spread gives n hosts their faults: the faulty ones stand evenly spaced in the list, and the hosts of each kind evenly
// spaced among the faulty ones. The seed turns the whole around; equal seeds give equal lists.
func spread(n int, faults []Fault, seed uint64) ([]Kind, error) {
	type share struct {
		kind Kind
		at   float64 // where among the faulty ones, from 0 to 1
	}
	var shares []share
	for _, fault := range faults {
		count := fault.of(n)
		if count > n-len(shares) {
			return nil, fmt.Errorf("faults: more than the %d hosts", n)
		}
		for i := range count {
			shares = append(shares, share{fault.Kind, (float64(i) + 0.5) / float64(count)})
		}
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(a.at, b.at) })
	kinds := make([]Kind, n)
	turn := rand.New(rand.NewPCG(seed, uint64(n))).IntN(n)
	for i, s := range shares {
		kinds[(turn+i*n/len(shares))%n] = s.kind
	}
	return kinds, nil
}

package compare

import (
	"context"
	"time"
)

// Steps are what a comparison does, and whom it tells.
type Steps struct {
	Take   func(ctx context.Context, arm Arm) (Sample, error)
	Keep   func(round, arm int, s Sample) error // after each sample that counts
	Warmed func(round time.Duration)            // after the round that warms up, which took so long
	Begin  func(round int, arm Arm)             // before each sample; round 0 warms up
	Ended  func(arm Arm)                        // after each
}

// Run takes the samples of a design round by round, each round in a fresh random order, and returns them by arm. When
// it cannot go on, it returns those that it has, and why.
func Run(ctx context.Context, d Design, do Steps) ([][]Sample, error) {
	samples := make([][]Sample, len(d.Arms))
	began := time.Now()
	for round := range d.Rounds + 1 {
		for _, arm := range Order(d.Seed, round, len(d.Arms)) {
			do.Begin(round, d.Arms[arm])
			sample, err := do.Take(ctx, d.Arms[arm])
			if err != nil {
				return samples, err
			}
			do.Ended(d.Arms[arm])
			if round == 0 {
				continue
			}
			if err := do.Keep(round, arm, sample); err != nil {
				return samples, err
			}
			samples[arm] = append(samples[arm], sample)
		}
		if round == 0 {
			do.Warmed(time.Since(began))
		}
	}
	return samples, nil
}

package synthetic

import (
	"context"
	"sync"

	"muster/internal/fleet"
)

const (
	// entries of four bytes are 64 MiB, more than a core's own caches hold.
	entries = 16 << 20
	// lookups is how many an item makes, each where the one before said: some 3 ms of waiting for memory.
	lookups = 25_000
	// An entry says where the next look-up is: multiplier × its own number + increment, modulo entries. With these numbers
	// (Knuth, volume 2, 3.2.1.2, theorem A) all entries are one circle.
	multiplier = 1664525
	increment  = 1013904223
)

// table is made once in each process: its goroutines share it, another process has its own.
var table = sync.OnceValue(func() []uint32 {
	t := make([]uint32, entries)
	for i := range t {
		t[i] = next(uint32(i))
	}
	return t
})

func next(at uint32) uint32 { return (multiplier*at + increment) % entries }

// shared is looking things up in a large table that all workers of a process can share.
func shared(ctx context.Context, item int) *failure {
	t := table()
	begin := next(uint32(item) * (entries / 97)) // items begin far from each other
	at := begin
	for i := range lookups {
		if i%often == 0 && ctx.Err() != nil {
			return stopped()
		}
		at = t[at]
	}
	if want := ahead(begin, lookups); at != want {
		return failed(fleet.StatusExit, "the look-ups end at %d, not %d", at, want)
	}
	return nil
}

// ahead is where n look-ups end, without a table: n times next is a multiplier and an increment again.
func ahead(at uint32, n int) uint32 {
	times, plus := uint32(multiplier), uint32(increment) // of 1, 2, 4, … steps
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			at = times*at + plus
		}
		plus += times * plus
		times *= times
	}
	return at % entries
}

package synthetic

import (
	"context"
	"crypto/sha256"

	"muster/internal/fleet"
)

const (
	// hashes is how long the chain of an item is: some 3 ms where the processor has instructions for SHA-256.
	hashes = 45_000
	// digest is what comes of a chain of that length.
	digest = "\x57\x4c\xba\x98\xca\xf8\x9b\x62\x2c\x32\xf9\xcc\x72\x8a\x33\xd8\x73\x2c\xea\x7c\x74\x59\x38\xec\x67\xaa\x07\x48\x7e\x7c\x57\xe7"
	// often is how many steps are taken between two looks at whether to stop: some 50 µs.
	often = 512
)

// cpu is computation alone: it waits for nothing and allocates nothing.
func cpu(ctx context.Context, _ int) *failure {
	sum, done := chain(ctx, hashes)
	switch {
	case !done:
		return stopped()
	case string(sum[:]) != digest:
		return failed(fleet.StatusExit, "the digest is %x", sum)
	}
	return nil
}

// chain hashes zeros, then the hash again, n times in all. done is false where ctx was cancelled.
func chain(ctx context.Context, n int) (sum [sha256.Size]byte, done bool) {
	for i := range n {
		if i%often == 0 && ctx.Err() != nil {
			return sum, false
		}
		sum = sha256.Sum256(sum[:])
	}
	return sum, true
}

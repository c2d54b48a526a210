package synthetic

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"

	"muster/internal/fleet"
	"muster/internal/scratch"
)

// reads is how many blocks an item reads, one after the other: half a MiB.
const reads = 32

// disk is reading blocks at random from one of the files in dir.
func disk(run, dir string) work {
	list := sync.OnceValues(func() ([]string, error) { return scratch.Files(dir) })
	return func(ctx context.Context, item int) *failure {
		files, err := list()
		if err != nil {
			return failed(fleet.StatusLocal, "%v", err)
		}
		n := item % len(files)
		file, err := scratch.Open(files[n])
		if err != nil {
			return failed(fleet.StatusLocal, "%v", err)
		}
		defer file.Close()
		return readFrom(ctx, file, places(run, n, item/len(files), file.Blocks()))
	}
}

// places are the blocks that the turn-th item of a file reads: in each run others, so that what one left in memory is of
// little use to the next, and within a run none twice until all of the file was read.
func places(run string, file, turn, blocks int) []int {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", run, file))
	order := rand.New(rand.NewChaCha8(seed)).Perm(blocks)
	var chosen []int
	for i := range reads {
		chosen = append(chosen, order[(turn*reads+i)%blocks])
	}
	return chosen
}

// readFrom reads blocks of one file.
func readFrom(ctx context.Context, file *scratch.File, blocks []int) *failure {
	to := make([]byte, scratch.Block)
	for _, block := range blocks {
		if ctx.Err() != nil {
			return stopped()
		}
		if err := file.Read(block, to); err != nil {
			return failed(fleet.StatusLocal, "%v", err)
		}
	}
	return nil
}

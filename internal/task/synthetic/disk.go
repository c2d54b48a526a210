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

// reads is how many blocks an item reads, one after the other: 1 MiB.
const reads = 64

// disk is reading blocks at random from one of the files in dir.
func disk(run, dir string) work {
	list := sync.OnceValues(func() ([]string, error) { return scratch.Files(dir) })
	return func(ctx context.Context, item int) *failure {
		files, err := list()
		if err != nil {
			return failed(fleet.StatusLocal, "%v", err)
		}
		random := places(run, item)
		return readFrom(ctx, files[random.IntN(len(files))], random)
	}
}

// places says where an item reads: elsewhere in each run, so that what one left in memory is of no use to the next.
func places(run string, item int) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s %d", run, item))))
}

// readFrom reads blocks of one file.
func readFrom(ctx context.Context, path string, random *rand.Rand) *failure {
	file, err := scratch.Open(path)
	if err != nil {
		return failed(fleet.StatusLocal, "%v", err)
	}
	defer file.Close()
	block := make([]byte, scratch.Block)
	for range reads {
		if ctx.Err() != nil {
			return stopped()
		}
		if err := file.Read(random.IntN(file.Blocks()), block); err != nil {
			return failed(fleet.StatusLocal, "%v", err)
		}
	}
	return nil
}

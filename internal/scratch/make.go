package scratch

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/unix"
)

const (
	maxFiles = 10_000
	batch    = 64 // blocks that are written at once
)

// Make writes files of size bytes each, a multiple of Block, into dir, which must be there, and returns once they are on
// the disk. Their data cannot be compressed. They may take half of what is free. Make removes what it made when it fails,
// as it does with ctx's error soon after ctx is cancelled; a file that was there before is left alone, and an error.
func Make(ctx context.Context, dir string, files int, size int64) error {
	if files < 1 || files > maxFiles || size < Block || size%Block != 0 {
		return fmt.Errorf("scratch: %d files of %d bytes: from 1 to %d, of a multiple of %d bytes", files, size, maxFiles, Block)
	}
	err := fits(dir, files, size)
	if err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	random := newRandom()
	for n := range files {
		if err = write(ctx, name(dir, n), size, random); err != nil {
			for made := range n {
				os.Remove(name(dir, made))
			}
			return fmt.Errorf("scratch: %w", err)
		}
	}
	return nil
}

// fits refuses files that would take more than half of what is free in dir.
func fits(dir string, files int, size int64) error {
	var there unix.Statfs_t
	if err := unix.Statfs(dir, &there); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	const mib = 1 << 20
	free := float64(there.Bavail) * float64(there.Bsize)
	if need := float64(files) * float64(size); need > free/2 {
		return fmt.Errorf("%s: %.0f MiB needed, at most half of %.0f MiB that are free", dir, need/mib, free/mib)
	}
	return nil
}

func newRandom() *rand.ChaCha8 {
	var seed [32]byte
	crand.Read(seed[:]) // never fails
	return rand.NewChaCha8(seed)
}

// write makes one file, or nothing.
func write(ctx context.Context, path string, size int64, random *rand.ChaCha8) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(ctx, file, size, random)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// fill writes size bytes of sealed random blocks.
func fill(ctx context.Context, file *os.File, size int64, random *rand.ChaCha8) error {
	blocks := make([]byte, batch*Block)
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := blocks[:min(size-at, int64(len(blocks)))]
		random.Read(part) // never fails
		for block := 0; block < len(part); block += Block {
			seal(part[block:block+Block], at+int64(block))
		}
		if _, err := file.Write(part); err != nil {
			return err
		}
		at += int64(len(part))
	}
	return nil
}

package scratch

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// samples is how many pages of each file Drop looks at, at most.
const samples = 64

// Drop asks the system to forget all that it has in memory of the files in dir, and returns the share of them, from 0 to
// 1, that it has all the same, by samples, where that is known: a file system that does not tell counts as one that forgot
// nothing, as one in memory does.
func Drop(dir string) (resident float64, known bool, err error) {
	paths, err := Files(dir)
	if err != nil {
		return 0, false, err
	}
	if err := each(paths, forget); err != nil {
		return 0, false, err
	}
	resident, err = measure(paths)
	if err != nil {
		return 0, false, err
	}
	return resident, true, each(paths, forgetSamples)
}

// measure returns which share of the files is in memory.
func measure(paths []string) (resident float64, err error) {
	var seen, there int
	err = each(paths, func(file *os.File) error { return sample(file, &seen, &there) })
	return float64(there) / float64(max(seen, 1)), err
}

// each opens one file after the other for do.
func each(paths []string, do func(*os.File) error) error {
	for _, path := range paths {
		file, err := os.Open(path)
		if err == nil {
			err = do(file)
			file.Close()
		}
		if err != nil {
			return fmt.Errorf("scratch: drop: %w", err)
		}
	}
	return nil
}

func forget(file *os.File) error { return advise(file, unix.FADV_DONTNEED) }

// sample counts pages of a file that it looked at, and those that are in memory: they can be read without a wait. Of the others
// it has the system begin to read.
func sample(file *os.File, seen, there *int) error {
	one := [][]byte{make([]byte, 1)}
	return pages(file, func(at int64) error {
		_, err := unix.Preadv2(int(file.Fd()), one, at, unix.RWF_NOWAIT)
		*seen++
		if err != unix.EAGAIN { // another error: the file system does not tell
			*there++
		}
		return nil
	})
}

// forgetSamples has the system forget a file that was sampled, once it has read what it then began to: a page that is being
// read is not forgotten.
func forgetSamples(file *os.File) error {
	one := make([]byte, 1)
	err := pages(file, func(at int64) error {
		_, err := file.ReadAt(one, at)
		return err
	})
	if err != nil {
		return err
	}
	return forget(file)
}

// pages calls look with the offsets of pages of a file, spread over all of it, around which nothing is read ahead.
func pages(file *os.File, look func(at int64) error) error {
	if err := expectRandom(file); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	page := int64(os.Getpagesize())
	all := info.Size() / page
	if all == 0 {
		return &os.PathError{Op: "sample", Path: file.Name(), Err: errDamaged}
	}
	some := min(all, samples)
	for i := range some {
		if err := look(i * all / some * page); err != nil {
			return err
		}
	}
	return nil
}

// expectRandom tells the system to read nothing ahead.
func expectRandom(file *os.File) error { return advise(file, unix.FADV_RANDOM) }

func advise(file *os.File, advice int) error {
	if err := unix.Fadvise(int(file.Fd()), 0, 0, advice); err != nil {
		return &os.PathError{Op: "fadvise", Path: file.Name(), Err: err}
	}
	return nil
}

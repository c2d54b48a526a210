//go:build !linux

package scratch

import "os"

// Drop does nothing: this system cannot be asked, and what it keeps in memory of the files in dir is not known.
func Drop(dir string) (resident float64, known bool, err error) {
	_, err = Files(dir)
	return 0, false, err
}

// expectRandom does nothing: whether the system reads ahead is its own affair.
func expectRandom(*os.File) error { return nil }

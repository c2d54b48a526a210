package cli

import (
	"os"
	"path/filepath"
)

// named is a file that an option names; none where it is empty.
type named struct{ option, file string }

// files are those that the report is written to.
func (o *outputs) files() (files []named) {
	for _, output := range o.all {
		files = append(files, named{"--output " + string(output.Format), output.File})
	}
	return files
}

// distinct returns an error where what is written would overwrite what is read, or written as well.
func distinct(files []named) error {
	for i, f := range files {
		for _, other := range files[:i] {
			if f.file != "" && other.file != "" && sameFile(f.file, other.file) {
				return usagef("%s and %s: both are %s", other.option, f.option, f.file)
			}
		}
	}
	return nil
}

// sameFile reports whether two paths name one regular file, or one that is not there.
func sameFile(a, b string) bool {
	left, errA := os.Stat(a)
	right, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return left.Mode().IsRegular() && os.SameFile(left, right)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

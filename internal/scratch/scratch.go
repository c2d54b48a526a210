// Package scratch makes files of random data that are read at random places, and has the system forget them, so that what
// is read next comes from the disk.
//
//	Make ──► Drop ──► Files ──► Open ──► Read
package scratch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Block is the unit in which files are read, in bytes.
const Block = 16 << 10

// suffix ends the names of the files, and of no others in their directory.
const suffix = ".scratch"

// name is the path of the n-th file in dir.
func name(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%04d%s", n, suffix)) }

// Files lists the files that were made in dir, in order. That there are none is an error.
func Files(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	var files []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), suffix) {
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	if files == nil {
		return nil, fmt.Errorf("scratch: %s: no files were made there", dir)
	}
	return files, nil
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sections are written as they are measured: into docs/benchmarks.md, or else on standard output.
type sections bool

// write puts a section in place of the one that has its title, or at the end.
func (inDocs sections) write(title, text string) error {
	heading := "## " + title + "\n"
	section := heading + "\n" + text
	if !inDocs {
		_, err := fmt.Println(section)
		return err
	}
	file := filepath.Join(os.Getenv("BENCH_TOOLS"), "..", "docs", "benchmarks.md")
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, after, found := strings.Cut(string(old), heading)
	if !found {
		before += "\n"
	}
	if _, rest, more := strings.Cut(after, "\n## "); more {
		section += "\n## " + rest
	}
	return os.WriteFile(file, []byte(before+section), 0o600)
}

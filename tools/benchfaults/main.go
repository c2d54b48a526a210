// Benchfaults does to muster, and to what else starts many jobs at once, what docs/reliability.md speaks of, and prints what
// came of it as a table. A tool that is not installed is left out, and said. It ends what it has started, and nothing else.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"muster/tools/tree"
)

func main() {
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "muster-bench-faults-")
	if err != nil {
		log.Fatal("bench-faults: ", err)
	}
	err = measure(dir)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal("bench-faults: ", err)
	}
}

// measure takes each measure of each tool.
func measure(dir string) error {
	if err := tree.Adopt(); err != nil {
		return err
	}
	muster := filepath.Join(dir, "muster")
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", muster, ".")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	fleet, visit, end, err := simulate(dir, muster)
	if err != nil {
		return err
	}
	defer end()
	b := &bench{dir: dir, fleet: fleet.Process.Pid}
	all := tools(dir, muster, visit)
	table := [][]string{{"", "---"}} // column by column
	for _, t := range all {
		table = append(table, []string{t.name, "---"})
	}
	for _, m := range []struct {
		what string
		take func(tool) (string, error)
	}{
		{"processes alive 1 s after SIGKILL of the parent", b.orphans},
		{"memory for one job that prints 2 GiB, where there is 1 GB", b.endless},
		{"escape sequences of a job's output that reach the terminal, of 2", b.escaped},
		{"resumed with x, y, z, w when a, b, c are done, it does", b.resumed},
	} {
		table[0] = append(table[0], m.what)
		for i, t := range all {
			cell, err := m.take(t)
			if left := tree.EndAll(b.fleet); err == nil {
				err = left
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", t.name, m.what, err)
			}
			table[i+1] = append(table[i+1], cell)
		}
	}
	for row := range table[0] {
		for _, column := range table {
			fmt.Printf("| %s ", column[row])
		}
		fmt.Println("|")
	}
	versions := []string{}
	for _, t := range all {
		versions = append(versions, t.version)
	}
	fmt.Println("\nBy", strings.Join(slices.Compact(versions), "; "))
	return nil
}

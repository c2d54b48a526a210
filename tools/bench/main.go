// Bench measures muster as a user would, side by side in one run, and prints ratios with what they are ratios of: on a
// shared machine single figures say little.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 7, "interleaved rounds of what is compared")
	hosts := flag.Int("hosts", 2000, "hosts in the comparison with the bare loop")
	only := flag.String("only", "", "one of loop, start, memory, faults, items, scale, cores, equal; empty: all of these. Or others, which takes an hour and more")
	match := flag.String("match", "", "of others, only the settings of which the title matches `REGEXP`")
	quick := flag.Bool("quick", false, "of others, without those that take long for what others show as well")
	write := flag.Bool("write", false, "have others put its sections into docs/benchmarks.md, in place of those that are there")
	flag.Parse()

	dir, err := os.MkdirTemp("", "muster-bench-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, muster: filepath.Join(dir, "muster"), loop: filepath.Join(dir, "bareloop"), rounds: *rounds}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"", b.build},
		{"loop", func() error { return b.againstLoop(*hosts) }},
		{"start", b.start},
		{"memory", b.memory},
		{"faults", b.faults},
		{"items", b.items},
		{"scale", b.scale},
		{"cores", b.sideBySide},
		{"equal", b.equal},
		{"others", func() error { return b.others(*match, *quick, sections(*write)) }},
	} {
		if *only == "" && part.name != "others" || part.name == "" || part.name == *only {
			if err := part.run(); err != nil {
				fmt.Fprintln(os.Stderr, "bench:", err)
				os.RemoveAll(dir)
				os.Exit(1)
			}
		}
	}
}

// Cover prints how much of each package tests have covered: by the profile that go test wrote, and by what processes that
// the tests started have left in a directory. It fails where that is too little.
//
//	cover -least 90 PROFILE DIR
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	least := flag.Float64("least", 0, "least percentage of statements of each package")
	flag.Parse()
	blocks := map[string]block{}
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return os.ReadFile(flag.Arg(0)) },
		func() ([]byte, error) { return profile(flag.Arg(1)) },
	} {
		text, err := read()
		if err == nil {
			err = add(blocks, string(text))
		}
		if err != nil {
			log.Fatal("cover: ", err)
		}
	}
	if !show(blocks, *least) {
		os.Exit(1)
	}
}

// profile is what processes have left in dir, as text.
func profile(dir string) ([]byte, error) {
	if err := dropTorn(dir); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "profile")
	if out, err := exec.Command("go", "tool", "covdata", "textfmt", "-i", dir, "-o", file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("covdata: %w\n%s", err, out)
	}
	return os.ReadFile(file)
}

// A file of counters ends with a footer of this size, which begins with these bytes: see internal/coverage in Go's own source.
const footerSize = 16

var footerMagic = []byte("\x00\x63\x77\x6d")

// dropTorn removes the counters of processes that were killed while they wrote them.
func dropTorn(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "covcounters.*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && !bytes.HasPrefix(data[max(0, len(data)-footerSize):], footerMagic) {
			err = os.Remove(file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// block is a piece of source without branches.
type block struct {
	statements int
	covered    bool
}

// add reads a profile: lines such as `muster/partition/block.go:7.2,9.3 2 1`, the last two how many statements there are
// and how often they ran.
func add(blocks map[string]block, text string) error {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "mode:") {
			continue
		}
		var place string
		var statements, times int
		if _, err := fmt.Sscan(line, &place, &statements, &times); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		blocks[place] = block{statements, times > 0 || blocks[place].covered}
	}
	return nil
}

// show prints a line for each package, and reports whether enough of each is covered.
func show(blocks map[string]block, least float64) bool {
	all, covered := map[string]int{}, map[string]int{}
	for place, b := range blocks {
		file, _, _ := strings.Cut(place, ":")
		of := path.Dir(file)
		all[of] += b.statements
		if b.covered {
			covered[of] += b.statements
		}
	}
	good := len(all) > 0
	for _, of := range slices.Sorted(maps.Keys(all)) {
		share := 100 * float64(covered[of]) / float64(all[of])
		fmt.Printf("covered  %5.1f %%  %s\n", share, of)
		if share < least {
			fmt.Printf("  which is under %g %%\n", least)
			good = false
		}
	}
	return good
}

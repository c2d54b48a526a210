package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// scaleSizes are how many items there are, the second ten times the first.
var scaleSizes = [...]int{100_000, 1_000_000}

// scaled is what so many items cost, by round.
type scaled struct{ wall, cpu, peak []float64 }

// scale has items that are no work go all the way that hosts do, through two worker processes to a record each, and holds a
// million of them against a hundred thousand: what is linear costs ten times as much.
func (b *bench) scale() error {
	var costs [len(scaleSizes)]scaled
	out := filepath.Join(b.dir, "records")
	err := b.interleave(len(scaleSizes), func(i int, counts bool) error {
		got, err := measure(b.muster, "synthetic", "-n", "2", "-q", "-o", "ndjson="+out, "none", strconv.Itoa(scaleSizes[i]))
		if err != nil {
			return err
		}
		records, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		if n := bytes.Count(records, []byte("\n")); n != scaleSizes[i] {
			return fmt.Errorf("%d records of %d items", n, scaleSizes[i])
		}
		if c := &costs[i]; counts {
			c.wall, c.cpu, c.peak = append(c.wall, got.wall.Seconds()), append(c.cpu, got.cpu.Seconds()), append(c.peak, mb(got.peak))
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("items that are no work, hybrid -n 2, a record each, median (least to most) of %d interleaved in random order:\n", b.rounds)
	for i, c := range costs {
		fmt.Printf("  %9d  %s s, CPU of parent and workers %s s, parent's VmHWM %s MB\n", scaleSizes[i], spread(c.wall), spread(c.cpu), spread(c.peak))
	}
	small, large := costs[0], costs[1]
	fmt.Printf("  ten times as many: time x %s, CPU x %s\n", spread(ratios(large.wall, small.wall)), spread(ratios(large.cpu, small.cpu)))
	return nil
}

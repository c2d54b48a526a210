package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// itemCount is how many lines go through the chunks.
const itemCount = 1_000_000

// counter is one way to have lines counted in chunks.
type counter struct {
	name    string
	command []string
	add     func(out []byte) (int, error) // sums up what it wrote
	note    string                        // for who reads the figures
	wall    []float64                     // seconds, by round
	cpu     []float64                     // of the whole process tree
}

// items holds muster's way of giving a million lines to scripts against those of others, and against itself with other
// numbers of chunks. The rounds are interleaved, in random order.
func (b *bench) items() error {
	file := filepath.Join(b.dir, "items")
	if err := writeItems(file); err != nil {
		return err
	}
	counters := b.counters()
	err := b.interleave(len(counters), func(i int, counts bool) error {
		got, err := measureOn(file, counters[i].command[0], counters[i].command[1:]...)
		if err != nil {
			return err
		}
		n, err := counters[i].add(got.out)
		if err == nil && n != itemCount {
			err = fmt.Errorf("counts %d items, not %d", n, itemCount)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", counters[i].name, err)
		}
		if counts {
			counters[i].wall = append(counters[i].wall, got.wall.Seconds())
			counters[i].cpu = append(counters[i].cpu, got.cpu.Seconds())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return showItems(counters, b.rounds)
}

// writeItems writes what seq would.
func writeItems(file string) error {
	var text []byte
	for n := range itemCount {
		text = append(strconv.AppendInt(text, int64(n+1), 10), '\n')
	}
	return os.WriteFile(file, text, 0o600)
}

// counters are those of which the programs are here: muster first.
func (b *bench) counters() []counter {
	ours := func(name string, options ...string) counter {
		command := slices.Concat([]string{b.muster, "run", "--items", "-H", "-", "-o", "json", "-q"}, options, []string{"--", "wc", "-l"})
		return counter{name: "muster " + name, command: command, add: addGroups}
	}
	counters := []counter{
		ours("-n 4", "-n", "4"),
		ours("-n 4 block", "-n", "4", "--partition", "block"),
		ours("-n 1", "-n", "1"),
		ours("-n 7", "-n", "7"),
		ours("-n 100 -P 4", "-n", "100", "-P", "4"),
	}
	for _, other := range []struct {
		counter
		from string // what --version says
		pkg  string
	}{
		{counter{name: "parallel", command: strings.Fields("parallel --pipe -N250000 -j4 wc -l")}, "GNU parallel", "parallel"},
		{counter{
			name: "split", command: []string{"split", "-n", "r/4", "--filter=wc -l"},
			note: "; it supervises nothing and isolates no failure",
		}, "GNU coreutils", "coreutils"},
	} {
		said, err := exec.Command(other.command[0], "--version").Output()
		if err != nil || !bytes.Contains(said, []byte(other.from)) {
			fmt.Printf("%s is left out: there is none of %s here (Debian's package %s)\n", other.name, other.from, other.pkg)
			continue
		}
		other.add = addLines
		counters = append(counters, other.counter)
	}
	return counters
}

// addGroups sums up what the scripts of muster's groups wrote.
func addGroups(out []byte) (int, error) {
	var d document
	if err := json.Unmarshal(out, &d); err != nil {
		return 0, err
	}
	var all []byte
	for _, g := range d.Groups {
		all = append(all, g.Stdout...)
	}
	return addLines(all)
}

func addLines(out []byte) (int, error) {
	sum := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		n, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}

func showItems(counters []counter, rounds int) error {
	fmt.Printf("%d items to wc -l, seconds, median (least to most) of %d interleaved in random order:\n", itemCount, rounds)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range counters {
		fmt.Fprintf(out, "  %s\twall %s\tCPU %s%s\n", c.name, spread(c.wall), spread(c.cpu), c.note)
	}
	for _, ours := range counters[:2] { // in four chunks, as the others
		for _, other := range counters {
			if !strings.HasPrefix(other.name, "muster ") {
				fmt.Fprintf(out, "  %s / %s\twall %s\tCPU %s\n", ours.name, other.name,
					spread(ratios(ours.wall, other.wall)), spread(ratios(ours.cpu, other.cpu)))
			}
		}
	}
	return out.Flush()
}

// ratios are those of each round.
func ratios(of, to []float64) []float64 {
	rs := make([]float64, len(of))
	for i := range of {
		rs[i] = of[i] / to[i]
	}
	return rs
}

func spread(values []float64) string {
	values = slices.Sorted(slices.Values(values)) // rounds stay in their order
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(values), values[0], values[len(values)-1])
}

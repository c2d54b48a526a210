package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sideItems is how many items are computed: about half a second's work for two cores.
const sideItems = 300

// sideBySide holds what two workers of one run reach against two serial runs started side by side, which have no parent
// and share nothing: the most that two cores can do with muster's items.
func (b *bench) sideBySide() error {
	half := fmt.Sprintf("%s synthetic cpu %d --strategy serial -q -o json >/dev/null", b.muster, sideItems/2)
	ways := []struct {
		name    string
		command []string
		wall    []float64
	}{
		{name: "two serial, side by side", command: []string{"sh", "-c", half + " & " + half + " & wait"}},
		{name: "threads -n 2", command: b.synthetic("--strategy", "threads", "-n", "2")},
		{name: "processes -n 2", command: b.synthetic("--strategy", "processes", "-n", "2")},
		{name: "async -f 8", command: b.synthetic("--strategy", "async", "-f", "8")},
		{name: "serial", command: b.synthetic("--strategy", "serial")},
	}
	err := b.interleave(len(ways), func(i int, counts bool) error {
		got, err := measure(ways[i].command[0], ways[i].command[1:]...)
		if err == nil && counts {
			ways[i].wall = append(ways[i].wall, got.wall.Seconds())
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d computations on two cores, median of %d interleaved rounds:\n", sideItems, b.rounds)
	least := median(ways[0].wall)
	for _, w := range ways {
		fmt.Printf("  %-26s %.3f s, %.2f of what two serial ones reach\n", w.name, median(w.wall), least/median(w.wall))
	}
	return nil
}

func (b *bench) synthetic(options ...string) []string {
	return append([]string{b.muster, "synthetic", "cpu", strconv.Itoa(sideItems), "-q", "-o", "json"}, options...)
}

// A difference that is called between equals is false: at most one in twenty is, and of so many comparisons hardly ever more
// than mostFalse.
const (
	equals    = 60
	mostFalse = 7
)

// equal compares a way with itself, again and again, and counts the differences that are called.
func (b *bench) equal() error {
	items := filepath.Join(b.dir, "equal")
	if err := os.WriteFile(items, []byte(strings.Repeat("a line\n", 2000)), 0o600); err != nil {
		return err
	}
	args := []string{
		"compare", "--workload", "script", "--items", "-H", items, "--strategies", "processes,processes", "--chunks", "2",
		"-o", "json", "-q", "--", "sh", "-c", "i=0; while read -r line; do i=$((i+1)); done; echo $i",
	}
	called := 0
	for n := range equals {
		got, err := measure(b.muster, args...)
		if err != nil {
			return err
		}
		var d struct {
			Arms []struct {
				Difference string
				P          float64 `json:"p_value"`
			}
		}
		if err := json.Unmarshal(got.out, &d); err != nil {
			return err
		}
		if len(d.Arms) != 2 || d.Arms[1].Difference == "" {
			return errors.New("no comparison of two ways")
		}
		if d.Arms[1].Difference != "none shown" {
			called++
			fmt.Printf("  comparison %d: %s, p = %.3f\n", n+1, d.Arms[1].Difference, d.Arms[1].P)
		}
	}
	fmt.Printf("%d comparisons of a way with itself, 10 rounds each: a difference called in %d, expected in 3, bound %d\n",
		equals, called, mostFalse)
	if called > mostFalse {
		return fmt.Errorf("%d differences called between equals", called)
	}
	return nil
}

package cli

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"muster/internal/compare"
)

// How long a serial sample of a made-up job is to take: long beside the start of a process, and short enough for some ten
// ways of doing it, ten times. What waits may take longer, because all others wait less.
const (
	wantedComputing = 700 * time.Millisecond
	wantedWaiting   = 4 * time.Second
)

// The items of the two pilots of a job: what the larger takes more is what its items take.
const fewItems, moreItems = 2, 14

// design decides what is compared, and about how long that takes; 0 where nobody can know before the first round.
func (o *comparing) design(ctx context.Context, w *workload) (d compare.Design, expected time.Duration, err error) {
	choice, err := o.choice()
	if err != nil {
		return d, 0, err
	}
	costs := map[string]compare.Cost{}
	if !w.Hosts || o.simulate > 0 {
		if costs, err = w.pilots(ctx); err != nil {
			return d, 0, err
		}
	}
	if !w.Hosts {
		w.items = itemsFor(w.Form, costs)
	}
	limits := limitsOf(w.items)
	arms, notes, err := compare.Arms(choice, w.Form, limits)
	if err != nil {
		return d, 0, usageError{err}
	}
	d = compare.Design{
		Machine:  compare.ThisMachine(version(), limits.Files),
		Workload: compare.Workload{Name: w.Name, About: w.About, Items: w.items},
		Rounds:   o.rounds, Seed: o.seed, Arms: arms, Warnings: append(append([]string{}, w.notes...), notes...),
	}
	if w.Grain != compare.Grouped {
		if d.Workload.FrameSeconds, err = frameSeconds(); err != nil {
			return d, 0, err
		}
	}
	for _, arm := range arms {
		if cost, known := costs[arm.Kind]; known {
			expected += cost.Wall(arm, d.Workload.ItemsOf(arm.Kind), limits.Cores) * time.Duration(o.rounds+1)
		}
	}
	return d, expected, nil
}

// pilots finds out what the items of each kind of a job cost.
func (w *workload) pilots(ctx context.Context) (map[string]compare.Cost, error) {
	kinds := w.Kinds
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	all := *w
	defer func() { w.items, w.hosts = all.items, all.hosts }()
	costs := map[string]compare.Cost{}
	for _, kind := range kinds {
		var samples [2]compare.Sample
		var ready time.Duration
		for i, items := range []int{fewItems, moreItems} {
			w.items = items
			if err := w.cutHosts(all.hosts); err != nil {
				return nil, err
			}
			begun := time.Now()
			sample, err := w.take(ctx, compare.Arm{Kind: kind, Strategy: "serial", Chunks: 1, Fanout: 1})
			if err != nil {
				return nil, fmt.Errorf("pilot: %w", err)
			}
			samples[i], ready = sample, time.Since(begun)-seconds(sample.WallSeconds)
		}
		cost := costOf(samples[0], samples[1])
		cost.Start += ready
		if w.Name == "stats" { // the hosts are on this machine too, and work about as hard
			cost.CPU, cost.Wait = 2*cost.CPU, max(cost.Wait-cost.CPU, 0)
		}
		costs[kind] = cost
	}
	return costs, nil
}

// costOf is what an item costs, by two serial samples of different size.
func costOf(few, more compare.Sample) compare.Cost {
	items := float64(max(more.Items-few.Items, 1))
	cpu := max(more.CPUSeconds()-few.CPUSeconds(), 0) / items
	wall := max((more.WallSeconds-few.WallSeconds)/items, cpu, 1e-6)
	start := max(few.WallSeconds-float64(few.Items)*wall, 0)
	return compare.Cost{Start: seconds(start), CPU: seconds(cpu), Wait: seconds(wall - cpu)}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// cutHosts makes the hosts of the next samples the first of a file of them, where there is one.
func (w *workload) cutHosts(file string) error {
	if file == "" {
		return nil
	}
	all, err := os.Open(file)
	if err != nil {
		return err
	}
	defer all.Close()
	var few strings.Builder
	lines := bufio.NewScanner(all)
	for n := 0; n < w.items && lines.Scan(); n++ {
		few.WriteString(lines.Text() + "\n")
	}
	if err := lines.Err(); err != nil {
		return err
	}
	w.hosts = filepath.Join(w.dir, "few")
	return os.WriteFile(w.hosts, []byte(few.String()), 0o600)
}

// itemsFor is how many items a sample of each kind is to have: 1, 2 or 5 times a power of ten, so that it is the same
// from one comparison to the next.
func itemsFor(form compare.Form, costs map[string]compare.Cost) int {
	wanted := wantedComputing
	if form.Grain == compare.Waiting {
		wanted = wantedWaiting
	}
	var item time.Duration
	for kind, cost := range costs {
		if kind != compare.Together {
			item += cost.CPU + cost.Wait
		}
	}
	best := 50
	for _, n := range []int{100, 200, 500, 1000, 2000, 5000} {
		if n > mostDiskItems && needs(form.Name).dir {
			break
		}
		if off(n, item, wanted) < off(best, item, wanted) {
			best = n
		}
	}
	return best
}

// off is how far n items are from what is wanted, as the logarithm of the factor.
func off(n int, item, wanted time.Duration) float64 {
	return math.Abs(math.Log(float64(n) * item.Seconds() / wanted.Seconds()))
}

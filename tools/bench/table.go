package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// table has a row a client, the one that uses least CPU first. Ratios are to muster exec of the same round.
func table(s setting, arms []*arm) string {
	if s.dead {
		return deadTable(arms)
	}
	var text strings.Builder
	text.WriteString("| client | CPU a host, ms | CPU ÷ muster exec | wall, s | wall ÷ muster exec | memory, MB |\n|---|---|---|---|---|---|\n")
	muster := arms[0]
	slices.SortStableFunc(arms, func(a, b *arm) int { return cmp.Compare(median(a.cpu()), median(b.cpu())) })
	for _, a := range arms {
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %.0f |\n", a.title(), middle(a.cpu()), spread(ratios(a.cpu(), muster.cpu())),
			middle(a.wall()), spread(ratios(a.wall(), muster.wall())), float64(a.peak)/(1<<20))
	}
	return text.String()
}

// deadTable has a row a client: arms are all clients with all hosts alive, and then all again with some dead.
func deadTable(arms []*arm) string {
	var text strings.Builder
	text.WriteString("| client | wall, s | with dead hosts | longer, s | CPU a host, ms | with dead hosts |\n|---|---|---|---|---|---|\n")
	for i, alive := range arms[:len(arms)/2] {
		dead := arms[len(arms)/2+i]
		longer := dead.wall()
		for round, wall := range alive.wall() {
			longer[round] -= wall
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n", dead.title(), middle(alive.wall()), middle(dead.wall()), spread(longer),
			middle(alive.cpu()), middle(dead.cpu()))
	}
	return text.String()
}

// title is the client's name, and how many hosts it missed.
func (a *arm) title() string {
	if a.missed == 0 {
		return a.name
	}
	return fmt.Sprintf("%s (without %.1f %% of the hosts)", a.name, 100*float64(a.missed)/float64(len(a.samples)*(a.hosts-a.dead)))
}

// cpu is what each round took a host, in milliseconds.
func (a *arm) cpu() []float64 {
	var ms []float64
	for _, s := range a.samples {
		ms = append(ms, s.cpu.Seconds()*1000/float64(a.hosts))
	}
	return ms
}

// wall is what each round took, in seconds.
func (a *arm) wall() []float64 {
	var seconds []float64
	for _, s := range a.samples {
		seconds = append(seconds, s.wall.Seconds())
	}
	return seconds
}

func middle(values []float64) string { return fmt.Sprintf("%.3g", median(slices.Clone(values))) }

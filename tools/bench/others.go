package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"muster/tools/tree"
)

// setting is what clients are held against each other in: each visits all hosts, flight of them at once.
type setting struct {
	hosts, flight int
	latency       time.Duration
	// Of each list with dead hosts, one in twenty swallows all packets, and clients give up after two seconds. Clients visit
	// it and one without any.
	dead bool
}

// settings are few hosts for all clients and many for most of them. 32 at once are plenty for processes on a small machine. Who
// needs none is given more, and more hosts.
var settings = []setting{
	{hosts: 200, flight: 32},
	{hosts: 200, flight: 32, latency: 20 * time.Millisecond},
	{hosts: 200, flight: 32, dead: true},
	{hosts: 2000, flight: 32},
	{hosts: 2000, flight: 32, latency: 20 * time.Millisecond},
	{hosts: 2000, flight: 128},
	{hosts: 2000, flight: 128, dead: true},
	{hosts: 10_000, flight: 128},
	{hosts: 10_000, flight: 128, latency: 20 * time.Millisecond},
}

func (s setting) title() string {
	title := fmt.Sprintf("%d hosts, %d in flight", s.hosts, s.flight)
	if s.latency > 0 {
		title += fmt.Sprintf(", %v away", s.latency)
	}
	if s.dead {
		title += ", one in twenty dead"
	}
	return title
}

// takes reports whether a client is given so many hosts, and so many at once. Quick is without those that take long for what
// others show as well.
func (s setting) takes(c client, quick bool) bool {
	most := compiled
	switch {
	case s.hosts <= 200 && !s.dead:
		most = heaviest
	case s.hosts <= 200:
		most = fuller
	case s.flight > 32:
	case quick:
		most = plain
	default:
		most = fuller
	}
	return c.weight <= most && !(s.dead && c.frail)
}

// arm is a client with a target, and what it took, round by round.
type arm struct {
	client
	target
	samples []sample
	peak    int64 // memory of all its processes in the round that warms up, bytes
	missed  int   // hosts that did not answer, in all rounds that count
}

// mostMissed is the part of the hosts that may not answer a client, as some do not where a machine is busy.
const mostMissed = 0.05

// others holds muster against other clients, in those settings of which the title matches, and writes a section for each.
func (b *bench) others(match string, quick bool, to sections) error {
	title, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	if err := tree.Adopt(); err != nil {
		return err
	}
	isolated := isolate()
	here := b.installed()
	if err := to.write("Beside other clients", b.method(here)); err != nil {
		return err
	}
	for _, s := range settings {
		if !title.MatchString(s.title()) {
			continue
		}
		if s.dead && isolated != nil {
			fmt.Fprintf(os.Stderr, "bench: %s is left out: %v\n", s.title(), isolated)
			continue
		}
		arms, err := b.compete(s, slices.DeleteFunc(slices.Clone(here), func(c client) bool { return !s.takes(c, quick) }))
		if err != nil {
			return fmt.Errorf("%s: %w", s.title(), err)
		}
		if err := to.write(s.title(), b.conditions(s, quick)+table(s, arms)); err != nil {
			return err
		}
	}
	return nil
}

// compete takes samples of all clients in a setting, of both lists where there are two.
func (b *bench) compete(s setting, clients []client) ([]*arm, error) {
	fleet, err := b.simulate(s.hosts, "--latency", s.latency.String())
	if err != nil {
		return nil, err
	}
	defer fleet.stop()
	timeout, each := 10*time.Second, []int{0}
	if s.dead {
		timeout, each = 2*time.Second, []int{0, 20}
	}
	var arms []*arm
	for _, deadEach := range each {
		t, err := b.aim(fleet, s.flight, deadEach, timeout)
		if err != nil {
			return nil, err
		}
		for _, c := range clients {
			arms = append(arms, &arm{client: c, target: t})
		}
	}
	return arms, b.interleave(len(arms), func(i int, counts bool) error {
		a := arms[i]
		got, err := b.tally(b.words(a.line, a.target), fleet.pid, !counts)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		alive := a.hosts - a.dead
		missed := alive - a.answered(got.out)
		if missed < 0 || float64(missed) > mostMissed*float64(alive) {
			return fmt.Errorf("%s: %d of %d hosts did not answer; stderr ends in %q", a.name, missed, alive, b.lastWords())
		}
		got.out = nil
		if counts {
			a.missed += missed
			a.samples = append(a.samples, got)
		} else {
			a.peak = got.peak
		}
		return nil
	})
}

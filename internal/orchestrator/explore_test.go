package orchestrator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/partition"
)

// chance is a source of decisions.
type chance struct{ *rand.Rand }

func (c chance) one(in int) bool { return c.IntN(in) == 0 }

func (c chance) policy() policy {
	p := policy{
		fanout:   1 + c.IntN(4),
		failFast: c.one(10),
		grouped:  c.one(5),
		regroup:  c.IntN(2),
		patience: patience{hello: 5, silent: 5, host: 8 * c.IntN(2)},
	}
	var indexes []int
	for i := range c.IntN(20) {
		indexes = append(indexes, i)
		p.labels = append(p.labels, fmt.Sprint("h", i))
	}
	p.chunks = partition.Cyclic(indexes, 1+c.IntN(4))
	p.maxProcs = 1 + c.IntN(max(1, len(p.chunks)))
	return p
}

// TestModel plays workers that do anything at any time, right and wrong, and then only right: every promise holds at every
// step, and the run ends with one outcome a host.
func TestModel(t *testing.T) {
	for seed := range uint64(4000) {
		c := chance{rand.New(rand.NewPCG(seed, 0))}
		fatalf := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: "+format, append([]any{seed}, args...)...)
		}
		m := newModel(c.policy(), fatalf)
		wild := 1 + c.IntN(20) // one event in so many is not a healthy worker's
		for range c.IntN(300) {
			if m.super.finished() {
				break
			}
			if c.one(wild) {
				m.anything(c)
			} else {
				m.anybody(c)
			}
		}
		m.settle()
		for host, status := range m.outcomes {
			if status == "" {
				fatalf("host %d: no outcome", host)
			}
		}
		if most := 2*len(m.policy.chunks) + m.deaths*(1+len(m.policy.chunks)); m.launches > most {
			fatalf("%d launches after %d deaths", m.launches, m.deaths)
		}
	}
}

// TestF48PoisonHosts: hosts that bring down each worker that touches them are lost, and nobody else is.
func TestF48PoisonHosts(t *testing.T) {
	for seed := range uint64(1000) {
		c := chance{rand.New(rand.NewPCG(seed, 1))}
		p := c.policy()
		p.failFast, p.grouped = false, false
		fatalf := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: "+format, append([]any{seed}, args...)...)
		}
		m := newModel(p, fatalf)
		for range c.IntN(barrenDeaths) { // so many in a row that a chunk is not given up
			if len(p.labels) > 0 {
				m.poison[c.IntN(len(p.labels))] = true
			}
		}
		m.settle()
		for host, status := range m.outcomes {
			if lost := status == fleet.StatusLost; lost != m.poison[host] || !lost && status != fleet.StatusOK {
				fatalf("host %d: %s, poison %v", host, status, m.poison)
			}
		}
		if crashes := m.deaths; m.launches > len(p.chunks)+crashes*(1+p.fanout) {
			fatalf("%d launches after %d crashes", m.launches, crashes)
		}
	}
}

func (m *model) alive() []*modelWorker {
	var alive []*modelWorker
	for _, id := range slices.Sorted(maps.Keys(m.workers)) {
		alive = append(alive, m.workers[id])
	}
	return alive
}

// anybody is one event that a healthy worker causes, or time.
func (m *model) anybody(c chance) {
	if alive := m.alive(); len(alive) > 0 && !c.one(6) {
		m.healthy(alive[c.IntN(len(alive))])
		return
	}
	quiet := map[int]bool{}
	for _, w := range m.alive() {
		quiet[w.id] = c.one(2)
	}
	m.step(tick{quiet: quiet})
}

// anything is one event that may be wrong.
func (m *model) anything(c chance) {
	if c.one(50) {
		m.stopped = true
		m.step(stop{now: c.one(2)})
		return
	}
	alive := m.alive()
	if len(alive) == 0 {
		return
	}
	w := alive[c.IntN(len(alive))]
	if c.one(2) { // it ends
		switch {
		case w.greeted || !c.one(5):
			outside := !w.greeted || c.one(2)
			m.exits(w, exit{launched: true, failed: true, how: "crashed", outside: outside})
		case !w.mute && !w.killed && c.one(5):
			m.exits(w, exit{how: "unlaunched", failed: true})
		}
		return
	}
	if w.mute {
		return
	}
	num := max(1, m.super.lastNum-c.IntN(6))
	_, fed := w.fed[num]
	right := w.greeted && !w.done // the frame, as far as we know yet
	switch c.IntN(10) {
	case 0:
		again := right && m.policy.grouped && w.ended && !w.grouped && w.sent == 0 && m.attempts[w.chunk] <= m.policy.regroup
		right = right && !m.policy.grouped && fed && !w.flying[num] && len(w.flying) < w.fanout
		switch {
		case again && w.listened():
			right = true
			m.startsGroup(w)
		case right && w.listened():
			m.starts(w, num)
		default:
			m.step(start{worker: w.id, num: num})
		}
	case 1, 2:
		status := fleet.Statuses[c.IntN(len(fleet.Statuses))]
		right = right && fed && status != fleet.StatusLost && (w.flying[num] || status == fleet.StatusSkipped)
		if right = right && (m.super.stopping || !status.Unfinished()); right && w.listened() {
			m.answers(w, num, status)
		} else {
			m.step(outcome{w.id, fleet.Outcome{Num: num, Status: status}})
		}
	case 3:
		right, w.mute = false, true
		m.step(violation{w.id, "garbage"})
	case 4:
		w.mute = true
		m.step(eof{w.id})
	case 5:
		right = false
		m.step(done{w.id, -1})
	case 6:
		if right = right && m.policy.grouped && !w.grouped && w.running; right && w.listened() {
			m.answersGroup(w, fleet.StatusExit)
		} else {
			m.step(group{w.id, fleet.Group{Status: fleet.StatusExit}})
		}
	case 7:
		right = right && w.flying[num]
		m.step(ask{w.id, wire.Ask{HostKey: fleet.HostKey{Num: num}}})
	case 8:
		if m.policy.grouped {
			num = theGroup
		}
		right = right && (w.flying[num] || m.policy.grouped && w.running && !w.grouped) && !w.spoke[num]
		w.spoke[num] = true
		m.step(output{w.id, fleet.Output{Num: num, Group: num == theGroup}})
	case 9:
		right = !w.greeted
		w.greeted = true
		m.step(hello{w.id, 2})
	}
	w.faulty = w.faulty || !right
}

// TestExplore goes through every order of a few events, up to a depth, of three hosts and two workers.
func TestExplore(t *testing.T) {
	const depth = 5
	policies := []policy{
		{labels: []string{"a", "b", "c"}, chunks: [][]int{{0, 1}, {2}}, fanout: 1, maxProcs: 2, patience: patience{5, 5, 5}},
		{labels: []string{"a", "b", "c"}, chunks: [][]int{{0, 1}, {2}}, fanout: 2, maxProcs: 2, patience: patience{5, 5, 5}},
	}
	moves := []func(m *model, w *modelWorker){
		func(m *model, w *modelWorker) { m.healthy(w) },
		func(m *model, w *modelWorker) {
			m.exits(w, exit{launched: true, failed: true, how: "crashed", outside: !w.greeted})
		},
		func(m *model, w *modelWorker) {
			for num := range w.fed {
				if !w.flying[num] && len(w.flying) < w.fanout && w.listened() {
					m.starts(w, num)
					return
				}
			}
		},
	}
	options := 2*len(moves) + 2
	total := 1
	for range depth {
		total *= options
	}
	for _, p := range policies {
		for path := range total / 8 { // the first move is a worker's: nothing happens before
			var trail []int
			fatalf := func(format string, args ...any) {
				t.Helper()
				t.Fatalf("%v: "+format, append([]any{trail}, args...)...)
			}
			m := newModel(p, fatalf)
			for rest, i := path, 0; i < depth-1; i++ {
				move := rest % options
				rest /= options
				trail = append(trail, move)
				switch alive := m.alive(); {
				case move == options-1:
					m.step(tick{})
				case move == options-2:
					if i > 3 {
						m.stopped = true
						m.step(stop{})
					}
				case move/len(moves) < len(alive):
					moves[move%len(moves)](m, alive[move/len(moves)])
				}
			}
			m.settle()
		}
	}
}

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

// model is what may be known of a run from outside: it takes the supervisor's actions, checks each against the promises
// made, and keeps as much of the workers as it takes to say what they could do next.
type model struct {
	fatalf   func(string, ...any)
	policy   policy
	super    *supervisor
	workers  map[int]*modelWorker
	outcomes []fleet.Status
	solo     []struct{ crashes, kills int } // of each host, deaths of workers in which it was alone in flight
	poison   map[int]bool                   // hosts that crash every worker
	launches int
	deaths   int
	stopped  bool
}

type modelWorker struct {
	id, fanout, window int
	greeted, mute      bool
	ended              bool // told that no more hosts come
	asked              bool // to leave
	killed             bool
	done               bool
	faulty             bool        // it broke the protocol
	fed                map[int]int // number to host
	flying, spoke      map[int]bool
	grouped            bool
	sent               int
}

func newModel(p policy, fatalf func(string, ...any)) *model {
	m := &model{
		fatalf: fatalf, policy: p, super: newSupervisor(p), workers: map[int]*modelWorker{}, outcomes: make([]fleet.Status, len(p.labels)),
		solo: make([]struct{ crashes, kills int }, len(p.labels)), poison: map[int]bool{},
	}
	m.step(begin{})
	return m
}

func (m *model) step(ev event) {
	for _, a := range m.super.step(ev) {
		m.check(a)
	}
	if len(m.workers) > m.policy.maxProcs {
		m.fatalf("%d workers alive", len(m.workers))
	}
}

func (m *model) check(a action) {
	switch a := a.(type) {
	case launchWorker:
		m.launches++
		if m.workers[a.worker] != nil || m.stopped {
			m.fatalf("launch %d", a.worker)
		}
		m.workers[a.worker] = &modelWorker{id: a.worker, fanout: a.fanout, window: a.window, fed: map[int]int{}, flying: map[int]bool{}, spoke: map[int]bool{}}
	case feed:
		w := m.workers[a.worker]
		if w == nil || !w.greeted || w.ended || w.asked || w.killed || w.done {
			m.fatalf("feed %d: %+v", a.worker, w)
		}
		for i, host := range a.hosts {
			m.nowhere(host)
			w.fed[a.first+i] = host
		}
		if len(w.fed) > w.window {
			m.fatalf("worker %d: %d hosts in a window of %d", a.worker, len(w.fed), w.window)
		}
	case end:
		w := m.workers[a.worker]
		if w == nil || w.ended {
			m.fatalf("end %d", a.worker)
		}
		w.ended = true
	case closing:
		m.workers[a.worker].asked = true
	case terminate:
		if w := m.workers[a.worker]; w == nil || !w.asked {
			m.fatalf("terminate %d, which was not asked", a.worker)
		}
	case kill:
		if m.workers[a.worker] == nil {
			m.fatalf("kill %d", a.worker)
		}
		m.workers[a.worker].killed = true
	case emit:
		m.emit(a)
	case fail, failedFast:
		m.stopped = true
	case judge:
		if w := m.workers[a.worker]; w == nil || !w.flying[a.Num] {
			m.fatalf("judge %d %d", a.worker, a.Num)
		}
	}
}

// nowhere checks that a host about to be fed has no outcome and is in no other worker.
func (m *model) nowhere(host int) {
	if m.outcomes[host] != "" {
		m.fatalf("host %d is fed after its outcome", host)
	}
	for _, w := range m.workers {
		for _, other := range w.fed {
			if other == host {
				m.fatalf("host %d is in two workers", host)
			}
		}
	}
}

func (m *model) emit(a emit) {
	if m.outcomes[a.host] != "" {
		m.fatalf("host %d: a second outcome", a.host)
	}
	m.outcomes[a.host] = a.outcome.Status
	solo := m.solo[a.host]
	if a.outcome.Status == fleet.StatusLost && !m.policy.grouped && solo.crashes < soloCrashes && solo.kills < soloKills {
		m.fatalf("host %d is lost after %d crashes and %d kills alone", a.host, solo.crashes, solo.kills)
	}
	if a.outcome.Host != m.policy.labels[a.host] {
		m.fatalf("host %d is called %q", a.host, a.outcome.Host)
	}
}

// exits has a worker end.
func (m *model) exits(w *modelWorker, ev exit) {
	ev.worker = w.id
	if !w.done {
		m.deaths++
	}
	if !w.done && w.greeted && !m.stopped {
		if len(w.flying) == 1 {
			for num := range w.flying {
				if ev.outside && !w.killed && !w.faulty {
					m.solo[w.fed[num]].kills++
				} else {
					m.solo[w.fed[num]].crashes++
				}
			}
		}
	}
	if !w.greeted && !ev.outside || !ev.launched {
		m.stopped = true
	}
	if !w.mute && ev.launched {
		m.step(eof{w.id})
	}
	delete(m.workers, w.id)
	m.step(ev)
}

// listened reports whether what the worker says still counts.
func (w *modelWorker) listened() bool { return !w.killed && !w.faulty }

// settle plays every worker as a healthy one until the run is over, which it must be in time.
func (m *model) settle() {
	for range 200 * (len(m.policy.labels) + 10) {
		if m.super.finished() {
			return
		}
		for id := 1; id <= m.super.lastID; id++ {
			if w := m.workers[id]; w != nil {
				m.healthy(w)
			}
		}
		m.step(tick{})
	}
	m.fatalf("the run does not end: %d hosts left, %d workers", m.super.left, len(m.super.workers))
}

func (m *model) healthy(w *modelWorker) {
	switch {
	case w.killed || w.mute || w.done:
		m.exits(w, exit{launched: true, failed: w.killed, how: "gone", outside: w.killed})
	case !w.greeted:
		w.greeted = true
		m.step(hello{w.id, 1})
	case len(w.fed) > 0:
		m.visits(w)
	case w.ended || w.asked:
		w.done = true
		m.step(done{w.id, w.sent})
	}
}

// visits has a worker start a host where it may, or else answer for one in flight.
func (m *model) visits(w *modelWorker) {
	nums := sorted(w.fed)
	for _, num := range nums {
		if !w.flying[num] && (len(w.flying) < w.fanout || m.policy.grouped) {
			m.starts(w, num)
			return
		}
	}
	for _, num := range nums {
		if w.flying[num] && m.poison[w.fed[num]] {
			m.exits(w, exit{launched: true, failed: true, how: "crashed"})
			return
		}
	}
	for _, num := range nums {
		if w.flying[num] {
			m.answers(w, num, fleet.StatusOK)
			return
		}
	}
}

func (m *model) starts(w *modelWorker, num int) {
	w.flying[num] = true
	m.step(start{w.id, num})
}

func (m *model) answers(w *modelWorker, num int, status fleet.Status) {
	delete(w.fed, num)
	delete(w.flying, num)
	w.sent++
	m.step(outcome{w.id, fleet.Outcome{Num: num, Status: status}})
}

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
	for seed := range uint64(5000) {
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
	m.step(tick{quiet})
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
		if right = right && fed && !w.flying[num] && (m.policy.grouped || len(w.flying) < w.fanout); right && w.listened() {
			m.starts(w, num)
		} else {
			m.step(start{w.id, num})
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
		if right = right && m.policy.grouped && !w.grouped; right && w.listened() {
			w.grouped = true
			clear(w.fed)
			clear(w.flying)
		}
		m.step(group{w.id, fleet.Group{Status: fleet.StatusExit}})
	case 7:
		right = right && w.flying[num]
		m.step(ask{w.id, wire.Ask{HostKey: fleet.HostKey{Num: num}}})
	case 8:
		right = right && w.flying[num] && !w.spoke[num]
		w.spoke[num] = true
		m.step(output{w.id, fleet.Output{Num: num}})
	case 9:
		right = !w.greeted
		w.greeted = true
		m.step(hello{w.id, 2})
	}
	w.faulty = w.faulty || !right
}

// TestExplore goes through every order of a few events, up to a depth, of three hosts and two workers.
func TestExplore(t *testing.T) {
	const depth = 6
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

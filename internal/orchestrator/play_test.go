package orchestrator

import (
	"flag"
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/tier"
	"muster/internal/wire"
	"muster/partition"
)

// thorough has what follows in a test be checked with so many sequences of events, of so many events on average.
func thorough(t testing.TB, checks, steps int) {
	for name, n := range map[string]int{"rapid.checks": checks, "rapid.steps": steps} {
		before := flag.Lookup(name).Value.String()
		if err := flag.Set(name, strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { flag.Set(name, before) })
	}
}

// TestModel plays workers that do anything at any time, right and wrong, and then only right: every promise holds at every
// step, and the run ends with one outcome a host.
func TestModel(t *testing.T) {
	thorough(t, tier.Times(1500, 4000, 100_000), 150)
	rapid.Check(t, anyRun)
}

// FuzzSupervisor is TestModel for the fuzzer to lead.
func FuzzSupervisor(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(anyRun))
}

func anyRun(t *rapid.T) {
	p, beats := drawPolicy(t), rapid.IntRange(0, 3).Draw(t, "beats that follow")
	if p.grouped {
		beats = 0
	}
	m := newModel(p, beats, t.Fatalf)
	calm := rapid.IntRange(0, 20).Draw(t, "calm") // so many events of healthy workers to one that is not
	t.Repeat(map[string]func(*rapid.T){
		"": func(*rapid.T) {}, // what must hold is checked at every step within one, too
		"event": func(t *rapid.T) {
			m.more = rare(t, 3, "more at once")
			switch {
			case m.super.finished():
			case m.over && !m.super.stopping && rare(t, 4, "next beat"):
				m.beat()
			case rapid.IntRange(0, calm).Draw(t, "calm") == calm:
				m.anything(t)
			default:
				m.anybody(t)
			}
		},
	})
	m.settle()
}

// TestF48PoisonHosts: hosts that bring down each worker that touches them are lost, and nobody else is: what becomes of a
// host does not depend on what the others do.
func TestF48PoisonHosts(t *testing.T) {
	thorough(t, tier.Times(500, 2000, 20_000), 1)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		p.failFast, p.grouped = nil, false
		m := newModel(p, 0, t.Fatalf)
		for range rapid.IntRange(0, barrenDeaths-1).Draw(t, "poisons") { // so many in a row that a chunk is not given up
			if len(p.listed) > 0 {
				m.poison[rapid.IntRange(0, len(p.listed)-1).Draw(t, "poison")] = true
			}
		}
		m.settle()
		for host, status := range m.outcomes {
			if lost := status == fleet.StatusLost; lost != m.poison[host] || !lost && status != fleet.StatusOK {
				t.Fatalf("host %d: %s, poison %v", host, status, m.poison)
			}
		}
	})
}

// anyFailure stops a run at the first host that is not ok.
func anyFailure(_ int, o fleet.Outcome) bool { return o.Status.Failed() }

func drawPolicy(t *rapid.T) policy {
	p := policy{
		fanout:   rapid.IntRange(1, 4).Draw(t, "fan-out"),
		grouped:  rare(t, 5, "grouped"),
		far:      rare(t, 4, "far"),
		regroup:  rapid.IntRange(0, 1).Draw(t, "reruns"),
		patience: patience{hello: 5, queue: 8, silent: 5, host: 8 * rapid.IntRange(0, 1).Draw(t, "limited")},
	}
	p.steal = !p.grouped && rapid.Bool().Draw(t, "steal")
	if rare(t, 10, "fail fast") {
		p.failFast = anyFailure
	}
	var indexes []int
	for i := range rapid.IntRange(0, 20).Draw(t, "hosts") {
		indexes = append(indexes, i)
		p.listed = append(p.listed, named(fmt.Sprint("h", i))...)
	}
	p.chunks = partition.Cyclic(indexes, rapid.IntRange(1, 4).Draw(t, "chunks"))
	p.maxProcs = rapid.IntRange(1, max(1, len(p.chunks))).Draw(t, "procs")
	return p
}

// rare is true about once in so many times, and never in the simplest case.
func rare(t *rapid.T, in int, what string) bool { return rapid.IntRange(1, in).Draw(t, what) == in }

// somebody is a living worker; nil: none lives.
func (m *model) somebody(t *rapid.T) *modelWorker {
	if len(m.alive) == 0 {
		return nil
	}
	return m.alive[rapid.IntRange(0, len(m.alive)-1).Draw(t, "worker")]
}

// anybody is one event that a healthy worker causes, or time.
func (m *model) anybody(t *rapid.T) {
	if !rare(t, 6, "time") {
		if w := m.somebody(t); w != nil {
			m.healthy(w)
			return
		}
	}
	quiet := map[int]bool{}
	for _, w := range m.alive {
		quiet[w.id] = rapid.Bool().Draw(t, "quiet")
	}
	ev := tick{quiet: quiet}
	if m.super.far && rare(t, 3, "full") {
		ev.queued = quiet
	}
	m.step(ev)
}

// anything is one event that may be wrong.
func (m *model) anything(t *rapid.T) {
	if rare(t, 50, "stop") {
		m.stopped = true
		m.step(stop{now: rapid.Bool().Draw(t, "now")})
		return
	}
	w := m.somebody(t)
	switch {
	case w == nil:
	case rapid.Bool().Draw(t, "ends"):
		m.endsSomehow(t, w)
	case !w.mute:
		m.saysAnything(t, w)
	}
}

func (m *model) endsSomehow(t *rapid.T, w *modelWorker) {
	switch {
	case rare(t, 5, "stuck"):
		w.stuck = true
	case w.killed && w.stuck:
	case w.greeted || !rare(t, 5, "fails"):
		outside := !w.greeted || rapid.Bool().Draw(t, "outside")
		m.exits(w, exit{launched: true, failed: true, how: "crashed", outside: outside})
	case !w.mute && !w.killed && rare(t, 5, "unlaunched"):
		m.exits(w, exit{how: "unlaunched", failed: true})
	}
}

// saysAnything has a worker say what it may say or may not. Whether it may is known here too.
func (m *model) saysAnything(t *rapid.T, w *modelWorker) {
	num := max(1, m.super.lastNum-rapid.IntRange(0, 5).Draw(t, "num"))
	_, fed := w.fed[num]
	right := w.greeted && !w.done // the frame, as far as we know yet
	switch rapid.SampledFrom([]string{"start", "outcome", "garbage", "eof", "done", "group", "ask", "output", "hello"}).Draw(t, "says") {
	case "start":
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
	case "outcome":
		status := rapid.SampledFrom(fleet.Statuses).Draw(t, "status")
		right = right && fed && status != fleet.StatusLost && (w.flying[num] || status == fleet.StatusSkipped)
		if right = right && (m.super.stopping || !status.Unfinished()); right && w.listened() {
			m.answers(w, num, status)
		} else {
			m.step(outcome{w.id, &fleet.Outcome{Num: num, Status: status}})
		}
	case "garbage":
		right, w.mute = false, true
		m.step(violation{w.id, "garbage"})
	case "eof":
		w.mute = true
		m.step(eof{w.id})
	case "done":
		right = false
		m.step(done{w.id, -1})
	case "group":
		if right = right && m.policy.grouped && !w.grouped && w.running; right && w.listened() {
			m.answersGroup(w, fleet.StatusExit)
		} else {
			m.step(group{w.id, fleet.Group{Status: fleet.StatusExit}})
		}
	case "ask":
		right = right && w.flying[num]
		m.step(ask{w.id, wire.Ask{HostKey: fleet.HostKey{Num: num}}})
	case "output":
		if m.policy.grouped {
			num = theGroup
		}
		right = right && (w.flying[num] || m.policy.grouped && w.running && !w.grouped) && !w.spoke[num]
		w.spoke[num] = true
		m.step(output{w.id, fleet.Output{Num: num, Group: num == theGroup}})
	case "hello":
		right = !w.greeted
		w.greeted = true
		m.step(hello{w.id, 2})
	}
	w.faulty = w.faulty || !right
}

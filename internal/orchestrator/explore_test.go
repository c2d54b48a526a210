package orchestrator

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"
)

// move is one event that TestExplore may have come next. A move of a worker is that of the n-th that lives.
type move struct {
	name string
	of   int // which worker; -1: none
	play func(m *model, w *modelWorker)
}

func moves() []move {
	ofAWorker := []move{
		{name: "goes on", play: (*model).healthy},
		{name: "starts another", play: func(m *model, w *modelWorker) {
			for _, num := range sorted(w.fed) {
				if !w.flying[num] && len(w.flying) < w.fanout && w.listened() && !w.mute {
					m.starts(w, num)
					return
				}
			}
		}},
		{name: "crashes", play: func(m *model, w *modelWorker) {
			m.exits(w, exit{launched: true, failed: true, how: "crashed", outside: !w.greeted})
		}},
		{name: "is killed", play: func(m *model, w *modelWorker) {
			m.exits(w, exit{launched: true, failed: true, how: "killed", outside: true})
		}},
		{name: "says garbage", play: func(m *model, w *modelWorker) {
			if !w.mute {
				w.mute, w.faulty = true, true
				m.step(violation{w.id, "garbage"})
			}
		}},
		{name: "closes its output", play: func(m *model, w *modelWorker) {
			if !w.mute {
				w.mute = true
				m.step(eof{w.id})
			}
		}},
		{name: "gets stuck", play: func(_ *model, w *modelWorker) { w.stuck = true }},
	}
	var all []move
	for of := range 2 {
		for _, mv := range ofAWorker {
			mv.of = of
			all = append(all, mv)
		}
	}
	return append(
		all,
		move{"time passes", -1, func(m *model, _ *modelWorker) { m.step(tick{}) }},
		move{"silence", -1, func(m *model, _ *modelWorker) {
			quiet := map[int]bool{}
			for id := range m.workers {
				quiet[id] = true
			}
			m.step(tick{quiet: quiet})
		}},
		move{"next beat", -1, func(m *model, _ *modelWorker) {
			if m.over && !m.super.stopping {
				m.beat()
			}
		}},
		move{"stop", -1, func(m *model, _ *modelWorker) { m.stopped = true; m.step(stop{}) }},
		move{"stop now", -1, func(m *model, _ *modelWorker) { m.stopped = true; m.step(stop{now: true}) }},
	)
}

// TestExplore goes through every order of events, up to a depth, of three hosts and two workers. Of orders that lead to
// the same state one is followed. From every state healthy workers bring the run to its end.
func TestExplore(t *testing.T) {
	depth := tier.Times(5, 7, 8)
	if tier.Race {
		depth = 5
	}
	for _, tt := range []struct {
		fanout, beats int
		steal         bool
	}{{1, 0, false}, {2, 0, false}, {1, 1, false}, {1, 0, true}, {1, 1, true}} {
		fanout, depth := tt.fanout, depth-tt.beats
		t.Run(fmt.Sprint("fan-out ", fanout, ", beats that follow ", tt.beats, ", steal ", tt.steal), func(t *testing.T) {
			t.Parallel()
			p := policy{
				listed: named("a", "b", "c"), chunks: [][]int{{0, 1}, {2}}, fanout: fanout, maxProcs: 2, steal: tt.steal,
				patience: patience{hello: 2, silent: 2, host: 3},
			}
			moves := moves()
			seed := maphash.MakeSeed()
			seen := map[uint64]bool{}
			level := [][]byte{nil} // paths: indexes of moves
			for range depth {
				var next [][]byte
				for _, path := range level {
					for i := range moves {
						path := append(slices.Clip(path), byte(i))
						m, played := follow(t, p, tt.beats, moves, path)
						if !played {
							continue
						}
						state := maphash.String(seed, m.state())
						if seen[state] {
							continue
						}
						seen[state] = true
						next = append(next, path)
						m.settle()
					}
				}
				level = next
			}
			t.Logf("%d states", len(seen))
		})
	}
}

// follow plays moves from the start. It reports whether there was somebody to make the last.
func follow(t *testing.T, p policy, beats int, moves []move, path []byte) (*model, bool) {
	m := newModel(p, beats, func(format string, args ...any) {
		t.Helper()
		var names []string
		for _, i := range path {
			names = append(names, fmt.Sprintf("%s (%d)", moves[i].name, moves[i].of))
		}
		t.Fatalf("%s: %s", strings.Join(names, ", "), fmt.Sprintf(format, args...))
	})
	for _, i := range path {
		var w *modelWorker
		if moves[i].of >= len(m.alive) {
			return m, false
		} else if moves[i].of >= 0 {
			w = m.alive[moves[i].of]
		}
		moves[i].play(m, w)
	}
	return m, !m.super.finished()
}

// state is all that decides what can happen next, as text. Times are counted from now, numbers of feeds from the last.
func (m *model) state() string {
	var b strings.Builder
	s := m.super
	fmt.Fprintln(&b, s.hosts, s.begun, s.suspects, s.left, s.stopping, s.more, s.waiting)
	for _, sl := range s.slots {
		fmt.Fprintln(&b, sl.chunk, *sl.queue, sl.barren, max(sl.ready-s.now, 0), sl.gaveUp, sl.attempts, slices.Contains(s.again, sl))
	}
	ago := func(tick int) int {
		if tick == 0 {
			return -1
		}
		return s.now - tick
	}
	for _, w := range s.living {
		fmt.Fprint(&b, slices.Index(s.slots, w.slot), w.greeted, w.ended, w.done, w.mute, w.doomed, w.outcomes, w.quiet)
		fmt.Fprint(&b, " ", s.now-w.born, s.now-w.moved, ago(w.leaving), ago(w.killed))
		for _, num := range w.fed.nums() {
			host, _ := w.fed.host(num)
			fmt.Fprint(&b, " ", s.lastNum-num, host)
			if began, started := w.started[num]; started {
				fmt.Fprint(&b, "@", s.now-began)
			}
		}
		fmt.Fprintln(&b)
	}
	for _, w := range m.alive {
		fmt.Fprintln(&b, w.greeted, w.mute, w.ended, w.asked, w.killed, w.stuck, w.done, w.faulty, w.sent, len(w.fed))
	}
	fmt.Fprintln(&b, m.outcomes, m.begun, m.solo, m.launches, m.deaths, m.stopped)
	return b.String()
}

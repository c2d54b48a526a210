package orchestrator

import (
	"slices"

	"muster/internal/fleet"
)

// model is what may be known of a run from outside: it takes the supervisor's actions, checks each against the promises
// made, and keeps as much of the workers as it takes to say what they could do next.
type model struct {
	fatalf   func(string, ...any)
	policy   policy
	super    *supervisor
	workers  map[int]*modelWorker
	alive    []*modelWorker // the same, in the order of their launch
	outcomes []fleet.Status
	said     []fleet.Status                 // of each host, the last answer that counts
	begun    []int                          // of each host, how often it was in flight
	solo     []struct{ crashes, kills int } // of each host, deaths of workers in which it was alone in flight
	poison   map[int]bool                   // hosts that crash every worker
	attempts map[int]int                    // at the script of each chunk
	beats    int                            // that follow
	begins   int                            // of beats
	over     bool                           // the run waits for the next
	more     bool                           // has happened at the same time, which is to be known before anything is scheduled
	wanted   bool                           // room was, in an engine's queue, before this step
	launches int
	deaths   int
	stopped  bool
}

type modelWorker struct {
	id, fanout, window int
	chunk, place       int
	greeted, mute      bool
	ended              bool // told that no more hosts come
	asked              bool // to leave
	killed             bool
	doomed             bool // ended for what it did
	stuck              bool // a kill does not end it
	abandoned          bool
	done               bool
	faulty             bool        // it broke the protocol
	fed                map[int]int // number to host
	flying, spoke      map[int]bool
	running            bool // the script of its group
	grouped            bool // its group's outcome was sent
	sent               int
}

// newModel is the model of a run of one beat, and others that follow.
func newModel(p policy, beats int, fatalf func(string, ...any)) *model {
	m := &model{
		fatalf: fatalf, policy: p, super: newSupervisor(p), workers: map[int]*modelWorker{},
		poison: map[int]bool{}, attempts: map[int]int{}, beats: beats,
	}
	m.begin()
	return m
}

// begin begins a beat. Nothing of those before counts any more.
func (m *model) begin() {
	hosts := len(m.policy.listed)
	m.outcomes, m.said, m.begun = make([]fleet.Status, hosts), make([]fleet.Status, hosts), make([]int, hosts)
	m.solo = make([]struct{ crashes, kills int }, hosts)
	m.begins++
	m.over = false
	m.step(begin{more: m.beats > 0})
}

// beat begins the next beat. Each host must have its outcome.
func (m *model) beat() {
	if slices.Contains(m.outcomes, "") || m.beats == 0 || m.stopped {
		m.fatalf("over with %d beats to come: %v", m.beats, m.outcomes)
	}
	m.beats--
	m.begin()
}

func (m *model) step(ev event) {
	m.wanted = m.wanted || m.super.wanted > 0
	for _, a := range m.super.step(ev) {
		m.check(a)
	}
	if !m.more {
		for _, a := range m.super.schedule() {
			m.check(a)
		}
		m.wanted = false
	}
	m.holds()
	for _, w := range slices.Clone(m.alive) {
		if w.abandoned {
			w.abandoned, w.mute = false, true
			m.exits(w, exit{launched: true, failed: true, how: "left behind"})
		}
	}
}

// holds checks what must be true after every step.
func (m *model) holds() {
	s := m.super
	places := make([]int, len(s.hosts))
	count := func(hosts []int) {
		for _, host := range hosts {
			places[host]++
		}
	}
	for _, sl := range s.slots[:len(s.chunks)] {
		count(*sl.queue)
	}
	count(s.suspects)
	for _, w := range s.workers {
		count(w.fed.hosts())
	}
	left := 0
	for host, v := range s.hosts {
		if v.finished {
			places[host]++
		} else {
			left++
		}
		if places[host] != 1 || v.finished != (m.outcomes[host] != "") {
			m.fatalf("host %d is in %d places; outcome %q", host, places[host], m.outcomes[host])
		}
	}
	if left != s.left {
		m.fatalf("%d hosts are left, not %d", left, s.left)
	}
	if m.policy.steal && !m.more {
		m.shares()
	}
	if len(m.workers) > m.policy.maxProcs {
		m.fatalf("%d workers alive", len(m.workers))
	}
	deaths := m.deaths
	for _, w := range m.workers {
		if w.killed {
			deaths++
		}
	}
	if most := m.begins*len(m.policy.chunks) + deaths*(1+m.policy.fanout); m.launches > most {
		m.fatalf("%d launches after %d deaths", m.launches, deaths)
	}
}

// shares checks that no worker with room waits while a queue has hosts, but for those whose worker is on its way, or will be.
func (m *model) shares() {
	s := m.super
	for _, w := range s.living {
		if w.slot.chunk == quarantine || !w.greeted || w.ended || w.leaving > 0 || w.doomed != "" || w.fed.open == m.policy.fanout {
			continue
		}
		for _, sl := range s.slots[:len(s.chunks)] {
			if len(*sl.queue) > 0 && sl.worker != nil && sl.worker.greeted {
				m.fatalf("worker %d has %d hosts, and the queue of chunk %d %v", w.id, w.fed.open, sl.chunk, *sl.queue)
			}
		}
	}
}

func (m *model) check(a action) {
	switch a := a.(type) {
	case launchWorker:
		m.launches++
		if m.workers[a.worker] != nil || m.stopped || a.attempt != m.attempts[a.chunk]+1 {
			m.fatalf("launch %+v", a)
		}
		w := &modelWorker{id: a.worker, chunk: a.chunk, place: a.place, fanout: a.fanout, window: a.window, fed: map[int]int{}, flying: map[int]bool{}, spoke: map[int]bool{}}
		m.workers[a.worker] = w
		m.alive = append(m.alive, w)
	case feed:
		w := m.workers[a.worker]
		if w == nil || !w.greeted || w.ended || w.asked || w.killed || w.done {
			m.fatalf("feed %d: %+v", a.worker, w)
		}
		for i, host := range a.hosts {
			m.nowhere(host)
			anywhere := m.policy.steal
			if w.chunk == quarantine {
				anywhere = !m.policy.far
			}
			if !anywhere && !slices.Contains(m.policy.chunks[w.place], host) {
				m.fatalf("host %d is fed to a worker in place %d", host, w.place)
			}
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
		if m.policy.steal && w.chunk != quarantine && m.unbegun() && !m.crowded() {
			m.fatalf("end %d, though there are hosts to take, and nobody waits for its place", a.worker)
		}
		w.ended = true
	case closing:
		m.workers[a.worker].asked = true
	case terminate:
		if w := m.workers[a.worker]; w == nil || !w.asked {
			m.fatalf("terminate %d, which was not asked", a.worker)
		} else if w.mute && !w.done && !m.super.stopping {
			w.doomed = true // for closing its output
		}
	case kill:
		if m.workers[a.worker] == nil {
			m.fatalf("kill %d", a.worker)
		}
		m.workers[a.worker].killed = true
		// One that is killed because the run is stopped may still say something, and it counts.
		m.workers[a.worker].doomed = m.workers[a.worker].doomed || !m.super.stopping
	case abandon:
		if w := m.workers[a.worker]; w == nil || !w.killed {
			m.fatalf("abandon %d, which was not killed", a.worker)
		}
		m.workers[a.worker].abandoned = true
	case begun:
		// Once or, where nobody suspects it at first, twice among others, then alone as often as it takes to lose it.
		if m.begun[a.host]++; m.begun[a.host] > 2+(soloCrashes-1)+(soloKills-1)+1 {
			m.fatalf("host %d is in flight for the %d. time", a.host, m.begun[a.host])
		}
	case groupBegun:
		if a.attempt > 1+m.policy.regroup {
			m.fatalf("chunk %d: attempt %d", a.chunk, a.attempt)
		}
	case emit:
		m.emit(a)
	case over:
		m.over = true
	case fail, failedFast:
		m.stopped = true
	case judge:
		if w := m.workers[a.worker]; w == nil || !w.flying[a.Num] {
			m.fatalf("judge %d %d", a.worker, a.Num)
		}
	}
}

// unbegun reports whether hosts wait in the queues of chunks.
func (m *model) unbegun() bool {
	return slices.ContainsFunc(m.super.slots[:len(m.policy.chunks)], func(sl *slot) bool { return len(*sl.queue) > 0 })
}

// crowded reports whether somebody waits for a worker of his own, or for room for it: a suspect, or a chunk.
func (m *model) crowded() bool {
	waits := func(sl *slot) bool { return sl.worker == nil && len(*sl.queue) > 0 }
	queued := func(w *worker) bool { return w.inQueue }
	s := m.super
	return m.wanted || len(s.suspects) > 0 || slices.ContainsFunc(s.slots[:len(s.chunks)], waits) || slices.ContainsFunc(s.living, queued)
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
	for _, host := range a.hosts {
		if m.outcomes[host] != "" {
			m.fatalf("host %d: a second outcome", host)
		}
		status := a.outcome.Status
		m.outcomes[host] = status
		if status != fleet.StatusLost && !status.Unfinished() && m.said[host] != status {
			m.fatalf("host %d is %s, which no worker said", host, status)
		}
		if status.Unfinished() && !m.super.stopping && !m.gaveUp() {
			m.fatalf("host %d is %s in a run that goes on", host, status)
		}
		solo := m.solo[host]
		if status == fleet.StatusLost && !m.policy.grouped && solo.crashes < soloCrashes && solo.kills < soloKills {
			m.fatalf("host %d is lost after %d crashes and %d kills alone", host, solo.crashes, solo.kills)
		}
		if !slices.Contains(m.policy.chunks[a.outcome.Chunk], host) {
			m.fatalf("host %d is said to be of chunk %d", host, a.outcome.Chunk)
		}
	}
}

func (m *model) gaveUp() bool {
	return slices.ContainsFunc(m.super.slots, func(sl *slot) bool { return sl.gaveUp != "" })
}

// exits has a worker end.
func (m *model) exits(w *modelWorker, ev exit) {
	ev.worker = w.id
	if !w.done {
		m.deaths++
	}
	if !w.done && w.greeted && !m.stopped {
		unheard := m.policy.far && m.super.workers[w.id].unheard // which blames nobody
		if len(w.flying) == 1 {
			for num := range w.flying {
				if ev.outside && w.listened() || unheard {
					m.solo[w.fed[num]].kills++
				} else {
					m.solo[w.fed[num]].crashes++
				}
			}
		}
	}
	if !w.greeted && !ev.outside && !m.policy.far || !ev.launched {
		m.stopped = true
	}
	if !w.mute && ev.launched {
		m.step(eof{w.id})
	}
	delete(m.workers, w.id)
	m.alive = slices.DeleteFunc(m.alive, func(other *modelWorker) bool { return other == w })
	m.step(ev)
}

// listened reports whether what the worker says still counts.
func (w *modelWorker) listened() bool { return !w.doomed && !w.faulty }

// settle plays every worker as a healthy one until the run is over, which it must be in time.
func (m *model) settle() {
	m.more = false
	for range 200 * (len(m.policy.listed) + 10) * (m.beats + 1) {
		switch {
		case m.super.finished():
			return
		case m.over && !m.super.stopping:
			m.beat()
		}
		for _, w := range slices.Clone(m.alive) {
			m.healthy(w)
		}
		m.step(tick{})
	}
	m.fatalf("the run does not end: %d hosts left, %d workers", m.super.left, len(m.super.workers))
}

func (m *model) healthy(w *modelWorker) {
	switch {
	case w.killed && w.stuck: // until it is abandoned
	case w.killed || w.mute || w.done:
		m.exits(w, exit{launched: true, failed: w.killed, how: "gone", outside: w.killed})
	case !w.greeted:
		w.greeted = true
		m.step(hello{w.id, 1})
	case m.policy.grouped && !w.grouped && (w.ended || len(w.fed) > 0):
		m.runs(w)
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
		if !w.flying[num] && len(w.flying) < w.fanout {
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
	m.step(start{worker: w.id, num: num})
}

// runs has a worker start its group's script, or else answer for the group.
func (m *model) runs(w *modelWorker) {
	switch {
	case w.running:
		m.answersGroup(w, fleet.StatusOK)
	case m.stopped || m.super.stopping:
		m.answersGroup(w, fleet.StatusSkipped)
	default:
		m.startsGroup(w)
	}
}

func (m *model) startsGroup(w *modelWorker) {
	w.running = true
	for num := range w.fed {
		w.flying[num] = true
	}
	delete(w.spoke, theGroup)
	m.attempts[w.chunk]++
	m.step(start{worker: w.id, attempt: m.attempts[w.chunk]})
}

func (m *model) answersGroup(w *modelWorker, status fleet.Status) {
	w.grouped = true
	for _, host := range w.fed {
		m.said[host] = status
	}
	clear(w.fed)
	clear(w.flying)
	m.step(group{w.id, fleet.Group{Status: status}})
}

func (m *model) answers(w *modelWorker, num int, status fleet.Status) {
	m.said[w.fed[num]] = status
	delete(w.fed, num)
	delete(w.flying, num)
	w.sent++
	m.step(outcome{w.id, &fleet.Outcome{Num: num, Status: status}})
}

package orchestrator

import (
	"fmt"

	"muster/internal/fleet"
	"muster/internal/wire"
)

const gaveUpUnasked = "gave up without being asked to"

// frame takes what a worker says, or kills it for saying what it may not.
func (s *supervisor) frame(w *worker, ev frame) {
	switch ev := ev.(type) {
	case eof:
		w.mute = true
		s.leave(w)
		return
	case violation:
		s.doom(w, ev.why)
		return
	}
	if _, isHello := ev.(hello); isHello == w.greeted {
		s.doom(w, "broke the protocol: a frame out of turn")
		return
	}
	if w.done || w.mute {
		s.doom(w, "broke the protocol: a frame after its last")
		return
	}
	w.moved = s.now
	switch ev := ev.(type) {
	case hello:
		w.greeted, w.inQueue, w.pid, s.reached = true, false, ev.pid, true
	case start:
		s.start(w, ev)
	case outcome:
		s.outcome(w, ev.Outcome)
	case output:
		s.output(w, ev.Output)
	case group:
		s.group(w, ev.Group)
	case ask:
		s.ask(w, ev.Ask)
	case done:
		s.done(w, ev)
	}
}

func (s *supervisor) start(w *worker, ev start) {
	host, fed := w.fed.host(ev.num)
	_, started := w.started[ev.num]
	switch {
	case s.grouped:
		s.startGroup(w, ev)
		return
	case !fed || started || ev.attempt != 0:
		s.doom(w, fmt.Sprintf("broke the protocol: start of host %d, which it does not have", ev.num))
		return
	case len(w.started) == s.flights(w.slot):
		s.doom(w, fmt.Sprintf("broke the protocol: more than %d hosts in flight", len(w.started)))
		return
	}
	w.started[ev.num] = s.now
	s.hosts[host].starts++
	s.do(begun{host: host})
}

// startGroup begins a group's script, whole, once more. From then on all its hosts are in flight.
func (s *supervisor) startGroup(w *worker, ev start) {
	sl := w.slot
	if ev.num != theGroup || ev.attempt != sl.attempts+1 || ev.attempt > 1+s.regroup || !w.ended || w.grouped || w.outcomes > 0 {
		s.doom(w, fmt.Sprintf("broke the protocol: start %d of its script", ev.attempt))
		return
	}
	sl.attempts++
	w.started[theGroup] = s.now
	delete(w.said, theGroup)
	for _, host := range w.fed.hosts() {
		s.hosts[host].starts++
	}
	s.do(groupBegun{chunk: sl.chunk, attempt: sl.attempts})
}

// inFlight reports whether a host has been started, by itself or with its group. theGroup stands for the group's script.
func (s *supervisor) inFlight(w *worker, num int) bool {
	if s.grouped {
		num = theGroup
	}
	_, started := w.started[num]
	return started
}

// output passes on a part that comes in its turn, of a host in flight or of the group, and is not too much.
func (s *supervisor) output(w *worker, o fleet.Output) {
	host, stream := -1, 0
	if o.Stderr {
		stream = 1
	}
	so := w.said[o.Num]
	so.bytes[stream] += len(o.Data)
	switch {
	case o.Part != so.parts || o.Group != (o.Num == theGroup) || o.Group != s.grouped || !s.inFlight(w, o.Num) || w.grouped:
		s.doom(w, fmt.Sprintf("broke the protocol: output part %d of host %d out of turn", o.Part, o.Num))
		return
	case len(o.Data) > fleet.MaxOutputPart || so.bytes[stream] > s.policy.output:
		s.doom(w, fmt.Sprintf("broke the protocol: more output of host %d than it may send", o.Num))
		return
	case !o.Group:
		host, _ = w.fed.host(o.Num)
	}
	so.parts++
	w.said[o.Num] = so
	s.do(deliver{host: host, chunk: w.slot.chunk, Output: o})
}

func (s *supervisor) outcome(w *worker, o fleet.Outcome) {
	host, fed := w.fed.host(o.Num)
	switch {
	case !fed:
		s.doom(w, fmt.Sprintf("broke the protocol: outcome of host %d, which it does not have", o.Num))
		return
	case o.Status == fleet.StatusLost, !s.inFlight(w, o.Num) && o.Status != fleet.StatusSkipped:
		s.doom(w, fmt.Sprintf("broke the protocol: outcome %s of host %d out of turn", o.Status, o.Num))
		return
	case o.Status.Unfinished() && !s.stopping:
		s.doom(w, gaveUpUnasked)
		return
	case !s.plausible(o):
		s.doom(w, fmt.Sprintf("broke the protocol: outcome of host %d says what no host can", o.Num))
		return
	}
	w.fed.remove(o.Num)
	delete(w.started, o.Num)
	delete(w.said, o.Num)
	w.outcomes++
	w.slot.barren = 0
	o.WorkerPID = w.pid
	s.finish(o, host)
}

// plausible reports whether an outcome has nothing that only others may say: figures under names of their own come from
// scripts alone, and under no name that a record has already.
func (s *supervisor) plausible(o fleet.Outcome) bool {
	for name := range o.Extra {
		if fleet.IsField(name) {
			return false
		}
	}
	return (len(o.Extra) == 0 || s.grouped) && o.Attempts >= 0 && o.StdoutTruncatedBytes >= 0 && o.StderrTruncatedBytes >= 0
}

// group gives every host of the chunk that has no outcome of its own the group's.
func (s *supervisor) group(w *worker, g fleet.Group) {
	switch {
	case !s.grouped || w.grouped:
		s.doom(w, "broke the protocol: a group's outcome out of turn")
		return
	case g.Status == fleet.StatusLost, !s.inFlight(w, theGroup) && g.Status != fleet.StatusSkipped:
		s.doom(w, fmt.Sprintf("broke the protocol: a group's outcome %s out of turn", g.Status))
		return
	case g.Status.Unfinished() && !s.stopping:
		s.doom(w, gaveUpUnasked)
		return
	}
	w.grouped = true
	w.slot.barren = 0
	s.do(grouped{worker: w.id, hosts: w.fed.open, chunk: w.slot.chunk, attempts: w.slot.attempts, group: g})
	o := fleet.Outcome{Status: g.Status, Phase: g.Phase, Error: g.Error, WorkerPID: w.pid}
	s.finish(o, w.fed.hosts()...)
	w.fed = feeds{}
	clear(w.started)
}

// ask has a key judged that a host in flight showed.
func (s *supervisor) ask(w *worker, a wire.Ask) {
	if _, started := w.started[a.Num]; !started {
		s.doom(w, fmt.Sprintf("broke the protocol: a question about host %d, which is not in flight", a.Num))
		return
	}
	host, _ := w.fed.host(a.Num)
	s.do(judge{worker: w.id, host: host, Ask: a})
}

func (s *supervisor) done(w *worker, ev done) {
	switch {
	case w.fed.open > 0:
		s.doom(w, fmt.Sprintf("was done with %d hosts unanswered", w.fed.open))
	case ev.outcomes != w.outcomes:
		s.doom(w, fmt.Sprintf("broke the protocol: counts %d outcomes, sent %d", ev.outcomes, w.outcomes))
	case !w.ended && !s.stopping:
		s.doom(w, "was done before its end")
	case s.grouped && !w.grouped && !s.stopping:
		s.doom(w, "was done without its group's outcome")
	default:
		w.done = true
		s.leave(w)
	}
}

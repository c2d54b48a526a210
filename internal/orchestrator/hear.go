package orchestrator

import (
	"errors"
	"fmt"
	"io"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/wire"
)

// outsideSignals are those that others send to a process: they blame nobody in it.
var outsideSignals = map[string]bool{"SIGKILL": true, "SIGTERM": true, "SIGHUP": true}

// fromOutside reports whether a worker ended because somebody sent it a signal, or of what this machine lacks.
func fromOutside(e launch.Exit) bool {
	return outsideSignals[e.Signal] || e.Code == wire.ExitTerminated || e.Scarce()
}

// maxBanner bounds how much of a banner an error shows: its end, where a launcher gives its reason.
const maxBanner = 256

// heard turns a message into the event that it means.
func (r *run) heard(m message) {
	talk := r.talks[m.worker]
	switch {
	case talk == nil: // abandoned a moment ago
	case m.exit != nil:
		r.happened(r.exited(m))
	case m.err == io.EOF || m.err == wire.ErrTorn:
		r.happened(eof{m.worker})
	case m.err != nil:
		r.happened(violation{m.worker, "broke the protocol: " + m.err.Error()})
	case m.up.Hello != nil:
		r.hello(talk, *m.up.Hello)
	case m.up.Start != nil:
		r.happened(start{m.worker, m.up.Start.Num, m.up.Start.Attempt})
	case m.up.Output != nil:
		r.happened(output{m.worker, *m.up.Output})
	case m.up.Outcome != nil:
		talk.report.Hosts++
		o := m.up.Outcome.Outcome
		o.Num, o.Extra, o.CPU = m.up.Outcome.Num, m.up.Outcome.Extra, m.up.Outcome.CPU
		r.happened(outcome{m.worker, o})
	case m.up.Group != nil:
		r.happened(group{m.worker, *m.up.Group})
	case m.up.Ask != nil:
		r.happened(ask{m.worker, *m.up.Ask})
	case m.up.Done != nil:
		talk.report.Done = true
		talk.report.Usage.MaxRSSBytes, talk.report.Usage.PSSBytes = m.up.Done.MaxRSS, m.up.Done.PSS
		r.happened(done{m.worker, m.up.Done.Outcomes})
	}
}

// hello admits a worker of the same protocol and, where it may run a binary of its own, of the same build.
func (r *run) hello(talk *conversation, h wire.Hello) {
	talk.report.PID, talk.report.Node = h.PID, h.Node
	switch {
	case h.Protocol != wire.Version:
		r.happened(violation{talk.id, fmt.Sprintf("speaks protocol %d, not %d: install the same build on both sides",
			h.Protocol, wire.Version)})
	case r.Prefixed && h.Build != wire.BuildID():
		r.happened(violation{talk.id, fmt.Sprintf("is build %+q, not %+q: install the same build on both sides",
			h.Build, wire.BuildID())})
	default:
		r.happened(hello{talk.id, h.PID})
	}
}

// judge has a host key judged without holding up the loop. A worker that asks faster than it can have hosts in flight
// breaks the protocol. No worker is trusted for names: the host's own is looked up, or learnt.
func (r *run) judge(talk *conversation, a judge) event {
	if !talk.mayAsk() {
		return violation{talk.id, "broke the protocol: asks about more host keys than it has hosts"}
	}
	r.helpers.Go(func() {
		verdict := fleet.Verdict{Decision: fleet.Unknown, Reason: "nobody judges host keys in this run"}
		if server, found := r.Hosts[a.host].Server(a.HostKey.Hop); found && r.Judge != nil {
			key := a.HostKey
			key.Names = []string{server.KnownName()}
			verdict = r.Judge(r.ctx, server, key)
		}
		talk.answer(wire.Answer{ID: a.ID, Verdict: verdict})
	})
	return nil
}

// errLeftBehind is how a worker ended that did not: SIGKILL waits for it as long as it sleeps in the kernel.
var errLeftBehind = fmt.Errorf("was killed, did not end within %v, and is left behind", killGrace*tickEvery)

// abandon ends the conversation with a worker that does not end.
func (r *run) abandon(worker int) event {
	talk := r.talks[worker]
	close(talk.abandoned)
	_ = talk.worker.CloseWrite() // whoever writes to it is let go
	return r.exited(message{worker: worker, exit: &launch.Exit{Code: -1, Err: errLeftBehind}})
}

// exited settles what is known of a worker that has ended.
func (r *run) exited(m message) event {
	talk := r.talks[m.worker]
	r.tellEngine(talk, *m.exit)
	delete(r.talks, m.worker)
	talk.close()
	talk.report.Exit = *m.exit
	talk.report.Usage.UserSeconds = m.exit.User.Seconds()
	talk.report.Usage.SystemSeconds = m.exit.System.Seconds()
	talk.report.Usage.VoluntarySwitches = m.exit.VoluntarySwitches
	talk.report.Usage.InvoluntarySwitches = m.exit.InvoluntarySwitches
	r.result.Workers = append(r.result.Workers, talk.report)
	if errors.Is(m.exit.Err, launch.ErrAbandoned) || errors.Is(m.exit.Err, errLeftBehind) {
		r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("worker %d (pid %d): %v", m.worker, talk.report.PID, m.exit.Err))
	}
	outside := fromOutside(*m.exit)
	if r.Prefixed {
		outside = farOutside(*m.exit)
	}
	how := m.exit.String()
	if len(m.banner) > 0 && !talk.report.Done {
		how += fmt.Sprintf(", after %+q", m.banner[max(0, len(m.banner)-maxBanner):])
	}
	return exit{
		worker: m.worker, launched: true, how: how, outside: outside, scarce: m.exit.Scarce(), failed: !m.exit.Success(),
	}
}

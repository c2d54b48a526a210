package cli

import (
	"errors"
	"slices"
	"sync"
	"syscall"

	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/meter"
	"muster/internal/orchestrator"
	"muster/internal/report"
)

// ledger takes outcomes as they come: it keeps them in the order of the list, sums them up, and hands them to the
// outputs that write as hosts finish, on a goroutine that holds nobody up.
type ledger struct {
	hosts    []fleet.Host
	outcomes []*fleet.Outcome // by host; nil: they are only counted
	groups   []report.Group   // by chunk; nil: hosts are done one by one
	failed   []int            // hosts that are not ok, as they came
	doubts   []string
	answered int   // hosts
	files    int64 // bytes of our part of the program's pages, when half of them were
	sums     aggregate.Aggregate
	said     *transcripts // nil: nobody writes anything
	progress *report.Progress
	end      *ender

	out     *outputs
	records chan func() error // each writes something; has room for all hosts and groups
	writing sync.WaitGroup
	err     error // of writing; read after close
}

// ledger returns the books of a run over hosts.
func (g *gathering) ledger(hosts []fleet.Host, chunks [][]int, out *outputs, end *ender) *ledger {
	l := &ledger{hosts: hosts, progress: g.progress(), end: end, out: out}
	if !g.items || out.perHost() {
		l.outcomes = make([]*fleet.Outcome, len(hosts))
	}
	tag := func(host int) string { return hosts[host].Label }
	if g.grouped() {
		l.openGroups(chunks, g.items)
		tag = report.Tag
	}
	if g.grouped() || g.said() {
		var shown *lines
		if g.keep.stream {
			shown = newLines(g.Stdout, g.Stderr, tag, end)
		}
		l.said = newTranscripts(shown)
	}
	l.records = make(chan func() error, len(l.outcomes)+len(l.groups))
	l.progress.Start(len(hosts))
	l.writing.Go(l.write)
	return l
}

// write writes records until close. After an error it goes on without writing.
func (l *ledger) write() {
	for record := range l.records {
		if l.err == nil {
			l.err = record()
		}
		if errors.Is(l.err, syscall.EPIPE) {
			l.end.lostReader()
		}
	}
}

// sink is what a run is to tell the ledger.
func (l *ledger) sink() orchestrator.Sink {
	s := orchestrator.Sink{Begun: l.begun, Outcome: l.outcome}
	switch {
	case l.groups != nil:
		s.GroupBegun, s.GroupOutput, s.Group = l.groupBegun, l.said.add, l.group
	case l.said != nil:
		s.Output = l.said.add
	}
	return s
}

func (l *ledger) begun(host int) {
	l.progress.Started(l.hosts[host].Label)
	if l.said != nil {
		l.said.begin(host)
	}
}

// outcome takes how hosts ended, all of them alike.
func (l *ledger) outcome(hosts []int, o fleet.Outcome) {
	before := l.answered
	if l.answered += len(hosts); before < (len(l.hosts)+1)/2 && l.answered >= (len(l.hosts)+1)/2 {
		l.files = meter.ReadShare().Files()
	}
	if l.outcomes == nil {
		l.count(hosts, o.Status)
		return
	}
	for _, host := range hosts {
		o.Host = l.hosts[host].Label
		l.take(host, o)
	}
}

// count takes items, of which there is nothing to say but how they ended. They may be a million.
func (l *ledger) count(items []int, s fleet.Status) {
	l.sums.Count(s, len(items))
	l.progress.Count(s, len(items))
	if s.Failed() {
		l.failed = append(l.failed, items...)
	}
}

func (l *ledger) take(host int, o fleet.Outcome) {
	if l.said != nil && l.groups == nil {
		l.transcribe(host, &o)
	}
	l.sums.Add(&o)
	l.progress.Done(&o)
	if o.Status.Failed() {
		l.failed = append(l.failed, host)
	}
	l.keep(host, o)
}

// keep keeps an outcome and has it written.
func (l *ledger) keep(host int, o fleet.Outcome) {
	l.outcomes[host] = &o
	l.records <- func() error {
		if l.out.dir != nil && l.groups == nil {
			if err := l.out.dir.write(o.Host, o.Stdout, o.Stderr); err != nil {
				return err
			}
		}
		return l.out.record(&o)
	}
}

// transcribe adds to an outcome what was written. A command that was never begun has written nothing, which is not the
// same as an empty output.
func (l *ledger) transcribe(host int, o *fleet.Outcome) {
	stdout, stderr := l.said.end(host)
	wrote := stdout != nil && stdout.Len() > 0 || stderr != nil && stderr.Len() > 0
	if wrote || o.Status == fleet.StatusOK || o.Status == fleet.StatusExit {
		o.Stdout, o.Stderr = stdout, stderr
	}
}

// failedHosts are the labels of the hosts that are not ok, in the order of the list.
func (l *ledger) failedHosts() []string {
	slices.Sort(l.failed)
	labels := make([]string, len(l.failed))
	for i, host := range l.failed {
		labels[i] = l.hosts[host].Label
	}
	return labels
}

// close returns once all records are written, with the first error, or when nothing is waited for any longer.
func (l *ledger) close() error {
	close(l.records)
	var shown error
	if l.said != nil {
		shown = l.said.finish()
	}
	if !l.end.awaits(func() { l.progress.Stop(); l.writing.Wait() }) {
		return nil
	}
	return errors.Join(l.err, shown)
}

// forget frees what was written. No report may be made from then on.
func (l *ledger) forget() {
	if l.said == nil {
		return
	}
	select {
	case <-l.end.now: // somebody may still be writing a report that nobody waits for
	default:
		l.said.spool.Close()
	}
}

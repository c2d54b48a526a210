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
	answered int              // hosts
	beat     int              // 0: there is one
	before   []*fleet.Outcome // of the last beat; nil: this is the first
	files    int64            // bytes of our part of the program's pages, when half of them were
	sums     aggregate.Aggregate
	ended    tally
	said     *transcripts // nil: nobody writes anything
	progress *report.Progress
	end      *ender

	book    *logbook
	out     *outputs
	entries chan func()       // each writes to the journal; has room for all hosts and groups
	records chan func() error // each writes something, once it is in the journal; has room as well
	writing sync.WaitGroup
	err     error // of writing records; read after close
}

// ledger returns the books of a run over hosts.
func (g *gathering) ledger(hosts []fleet.Host, chunks [][]int, out *outputs, end *ender, book *logbook) *ledger {
	l := &ledger{hosts: hosts, ended: newTally(), progress: g.progress(), end: end, out: out, book: book}
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
	l.open()
	return l
}

// open begins to take outcomes.
func (l *ledger) open() {
	l.entries = make(chan func(), len(l.hosts)+len(l.groups))
	l.records = make(chan func() error, len(l.outcomes)+len(l.groups))
	l.progress.Start(len(l.hosts))
	l.writing.Go(l.enter)
	l.writing.Go(l.write)
}

// enter writes to the journal until close: a goroutine of its own, because whoever reads the records may take his time.
func (l *ledger) enter() {
	for entry := range l.entries {
		entry()
	}
	close(l.records)
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
	s := orchestrator.Sink{Begun: l.begun, Outcome: l.outcome, Queued: l.queued}
	switch {
	case l.groups != nil:
		s.GroupBegun, s.GroupOutput, s.Group = l.groupBegun, l.said.add, l.group
	case l.said != nil:
		s.Output = l.said.add
	}
	return s
}

func (l *ledger) queued(workers int) { l.progress.Queued(workers) }

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
		l.entries <- func() { l.book.add(hosts, &o) }
		return
	}
	for _, host := range hosts {
		enter := func(o *fleet.Outcome) { l.book.add([]int{host}, o) }
		if l.said != nil && l.groups == nil && !l.transcribe(host, &o) {
			enter = func(*fleet.Outcome) {} // it is to be had again
		}
		l.take(host, o, enter)
	}
}

// count takes items, of which there is nothing to say but how they ended. They may be a million.
func (l *ledger) count(items []int, s fleet.Status) {
	l.sums.Count(s, len(items))
	l.ended.add(len(items), s, "")
	l.progress.Count(s, len(items))
	if s.Failed() {
		l.failed = append(l.failed, items...)
	}
}

// take takes a host's outcome, and has it entered before it is written.
func (l *ledger) take(host int, o fleet.Outcome, enter func(*fleet.Outcome)) {
	o.Host = l.hosts[host].Label
	if l.beat > 0 {
		l.watch(host, &o)
	}
	l.sums.Add(&o)
	l.ended.add(1, o.Status, o.Phase)
	l.progress.Done(&o)
	if o.Status.Failed() {
		l.failed = append(l.failed, host)
	}
	l.outcomes[host] = &o
	l.entries <- func() {
		enter(&o)
		l.records <- func() error { return l.record(&o) }
	}
}

// record writes an outcome.
func (l *ledger) record(o *fleet.Outcome) error {
	if l.out.dir != nil && l.groups == nil {
		if err := l.out.dir.write(o.Host, o.Stdout, o.Stderr); err != nil {
			return err
		}
	}
	return l.out.record(o)
}

// recall takes the outcomes that stand in the journal, before any other.
func (l *ledger) recall() error {
	for _, host := range l.book.done {
		id := l.book.id(host)
		if l.outcomes == nil {
			status, _ := l.book.Status(id)
			l.count([]int{host}, status)
			continue
		}
		o, stdout, stderr, err := l.book.Past(id)
		if err != nil {
			return err
		}
		if l.said != nil {
			o.Stdout, o.Stderr = l.said.of(stdout), l.said.of(stderr)
		}
		l.take(host, o, func(*fleet.Outcome) {})
	}
	return nil
}

// transcribe adds to an outcome what was written. A command that was never begun has written nothing, which is not the
// same as an empty output. It reports whether all was kept.
func (l *ledger) transcribe(host int, o *fleet.Outcome) (kept bool) {
	stdout, stderr, kept := l.said.end(host)
	wrote := stdout != nil && stdout.Len() > 0 || stderr != nil && stderr.Len() > 0
	if wrote || o.Status == fleet.StatusOK || o.Status == fleet.StatusExit {
		o.Stdout, o.Stderr = stdout, stderr
	}
	return kept
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

// close returns once all is in the journal and all records are written, with the first error of each, or when nothing is
// waited for any longer.
func (l *ledger) close() (journalErr, writeErr error) {
	close(l.entries)
	var shown error
	if l.said != nil {
		shown = l.said.finish()
	}
	if !l.end.awaits(func() { l.progress.Stop(); l.writing.Wait(); l.book.finish() }) {
		return nil, nil
	}
	return l.book.err, errors.Join(l.err, shown)
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

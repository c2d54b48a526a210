package cli

import (
	"errors"
	"sync"
	"syscall"

	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/report"
)

// ledger takes outcomes as they come: it keeps them in the order of the list, sums them up, and hands them to the
// outputs that write as hosts finish, on a goroutine that holds nobody up.
type ledger struct {
	hosts    []fleet.Host
	outcomes []*fleet.Outcome // by host
	sums     aggregate.Aggregate
	progress *report.Progress
	end      *ender

	records chan *fleet.Outcome // has room for all hosts
	writing sync.WaitGroup
	err     error // of writing; read after close
}

func newLedger(hosts []fleet.Host, out *outputs, progress *report.Progress, end *ender) *ledger {
	l := &ledger{
		hosts: hosts, outcomes: make([]*fleet.Outcome, len(hosts)), progress: progress, end: end,
		records: make(chan *fleet.Outcome, len(hosts)),
	}
	progress.Start(len(hosts))
	l.writing.Go(func() {
		for o := range l.records {
			if l.err == nil {
				l.err = out.record(o)
			}
			if errors.Is(l.err, syscall.EPIPE) {
				end.lostReader()
			}
		}
	})
	return l
}

func (l *ledger) begun(host int) { l.progress.Started(l.hosts[host].Label) }

func (l *ledger) outcome(host int, o fleet.Outcome) {
	l.outcomes[host] = &o
	l.sums.Add(&o)
	l.progress.Done(&o)
	l.records <- &o
}

// close returns once all records are written, with the first error, or when nothing is waited for any longer.
func (l *ledger) close() error {
	close(l.records)
	written := make(chan struct{})
	go func() {
		l.progress.Stop()
		l.writing.Wait()
		close(written)
	}()
	select {
	case <-written:
		return l.err
	case <-l.end.now:
		return nil
	}
}

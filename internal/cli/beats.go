package cli

import (
	"fmt"
	"slices"
	"time"

	"muster/internal/meter"
	"muster/internal/orchestrator"
	"muster/internal/report"
)

// beats are the rounds of a gathering, each with a report of its own: one, or as many as --every and --times ask for.
type beats struct {
	*gathering
	run     report.Run // of the beat that is under way
	outputs *outputs
	ledger  *ledger
	doubts  []string  // to be said with the first report
	began   time.Time // the beat that is under way
	pulse   pulse
	told    bool // the ledger's beat is over, and reported
	late    bool // somebody read its report for too long: there is nothing more to say
}

// beats returns those of a run that began a while ago.
func (g *gathering) beats(began time.Time, run report.Run, outputs *outputs, ledger *ledger, doubts []string) *beats {
	b := &beats{gathering: g, run: run, outputs: outputs, ledger: ledger, doubts: doubts, began: began}
	b.pulse = pulse{every: g.watch.every, due: began}
	if g.watch.on() {
		b.begin(1)
		outputs.screen = newScreen(outputs.stdout)
	}
	return b
}

// begin begins to number beats.
func (b *beats) begin(beat int) { b.run.Beat, b.ledger.beat = beat, beat }

// next is what a run asks once each host has its outcome; nil: there is one beat.
func (b *beats) next() func(orchestrator.Result) (<-chan time.Time, bool) {
	if !b.watch.on() || b.watch.times == 1 {
		return nil
	}
	return func(result orchestrator.Result) (<-chan time.Time, bool) {
		if b.report(result, nil, false); b.late {
			return nil, false // the run is being ended
		}
		wait, took, missed := b.pulse.next(time.Now())
		if missed > 0 && !b.out.quiet {
			b.say("warning: beat %d took %v: %s missed", b.run.Beat, took.Round(time.Millisecond), count(missed, "beat"))
		}
		return time.After(wait), b.run.Beat+1 == b.watch.times
	}
}

// count is a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// again begins the next beat.
func (b *beats) again() {
	b.told = false
	b.began = time.Now()
	b.run.StartedAt = b.began.UTC()
	b.ledger.again()
	b.begin(b.run.Beat + 1)
}

// report reports the beat that is over. After the last, all that was open is closed.
func (b *beats) report(result orchestrator.Result, failed error, last bool) {
	run := b.run
	run.MaxRSSBytes, run.SumPSSBytes = meter.PeakRSS(), sumPSS(b.ledger.files, result.Workers)
	journalErr, writeErr := b.ledger.close()
	run.DurationMS = float64(time.Since(b.began).Microseconds()) / 1000
	got := &gathered{
		run: run, ledger: b.ledger, workers: workersOf(result.Workers), warnings: slices.Concat(b.doubts, result.Warnings, b.ledger.doubts),
		failedFast: result.FailedFast, failed: failed, journalErr: journalErr, writeErr: writeErr, last: last,
	}
	b.doubts, b.told = nil, true
	b.late = !b.finish(got, b.outputs)
	if b.code == codeGone {
		b.ledger.end.lostReader()
	}
}

// end reports the last beat. One that was reported before is so no more: the run was stopped while it waited for the next.
func (b *beats) end(result orchestrator.Result, failed error) {
	switch {
	case b.late:
		return
	case !b.told:
		b.report(result, failed, true)
		return
	}
	got := &gathered{run: b.run, ledger: b.ledger, failed: failed}
	err := b.outputs.closeStreams()
	code, reason := b.ending(got, err, b.crossed).code()
	b.code = code
	b.tell(&report.Document{Run: b.run, Workers: workersOf(result.Workers), Warnings: result.Warnings}, got, err, code, reason)
}

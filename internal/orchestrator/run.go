// Package orchestrator runs a job over a host list with workers, and gathers what they say.
//
//	launch ─► worker ◄── job, hosts, answers ── writer ◄──┐
//	            │                                         │ lines
//	            └─ frames ─► reader ── messages ─► ┌──────┴──────┐ ── actions
//	      ticks, stops ──────────────────────────► │ run (loop)  │
//	                                               └──┬───────▲──┘
//	                                            event ▼       │ actions
//	                                               supervisor (pure)
//
// One goroutine, the caller of Run, owns all state. One goroutine a worker turns its bytes into messages, one writes to
// it, so that the loop never waits for a pipe; host keys are judged on goroutines of their own. All of them have ended
// when Run returns, but those who wait for a worker that nothing can end.
package orchestrator

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-multierror"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/wire"
)

// Config is a run.
type Config struct {
	Hosts    []fleet.Host // in the order given; defaults applied
	Chunks   [][]int      // indexes into Hosts, each in one chunk at most: one worker at a time has a chunk, nobody a host in none
	Launcher launch.Launcher
	Prefixed bool     // the launcher puts a command before the worker: be patient, expect a banner, compare builds
	Job      wire.Job // for every worker; Worker, Chunk, Chunks, Window and Attempt are filled in, RetryBudget is divided among chunks
	Engine   Engine   // of the launcher; nil: there is no more to know of it
	MaxProcs int      // workers alive at once; 0: all
	// FailFast reports whether the run is to stop where so many hosts ended so. It is asked once for each outcome; nil: never.
	FailFast func(hosts int, o fleet.Outcome) bool
	Steal    bool // a worker whose chunk is done takes hosts that others have not begun; not with Grouped
	Grouped  bool // the task runs once for a whole chunk, of whose hosts it is told the labels; Job.Retries is then how often, again, after a failure or crash

	// Next, if not nil, has every host visited more than once: it is told what there is to tell of a beat, besides its
	// outcomes, when all hosts have theirs, on the caller's goroutine, and returns what says when the next begins, and whether
	// that is the last. The first beat begins at once, and is never the last; of the last, and of one that was cut short,
	// Run's own Result tells.
	Next func(Result) (due <-chan time.Time, last bool)
	// Judge decides about a host key that is not pinned and that a server shows: a host, or a jump host on the way to it. It
	// is called on many goroutines.
	Judge func(ctx context.Context, server fleet.Host, key fleet.HostKey) fleet.Verdict
	// Stops ends the run before its time. It may be nil.
	Stops <-chan Stop
	// Sink is told what comes of the hosts, on the caller's goroutine.
	Sink Sink
}

// Stop asks a run to end: workers are asked, urged, then killed, within 0.8 s; Now skips to the last.
type Stop struct{ Now bool }

// Sink receives what comes of hosts, named by their index in Config.Hosts. A nil function is not called.
type Sink struct {
	Again   func() // a beat begins, other than the first
	Begun   func(host int)
	Outcome func(hosts []int, o *fleet.Outcome) // how they all ended, but for their names, to keep; exactly once for every host, in each beat
	Output  func(host int, o fleet.Output)      // parts in order; only of a begun host
	Queued  func(workers int)                   // how many wait in the engine's queue, ten times a second

	// Of a grouped run. What a group wrote is void where it begins again.
	GroupBegun  func(chunk, attempt int)
	GroupOutput func(chunk int, o fleet.Output)              // parts in order; only of a begun group
	Group       func(chunk int, g fleet.Group, attempts int) // at most once for a chunk: none for one that was cut off
}

// Result is what a run tells besides the outcomes.
type Result struct {
	Workers    []Worker // in the order in which they ended
	Warnings   []string // what muster doubts; may quote workers, escaped
	FailedFast bool     // the run stopped because a host failed
}

// Worker is what became of one worker.
type Worker struct {
	Chunk int // -1: it ran suspects of several chunks alone
	PID   int
	Node  string
	Hosts int // outcomes that came from it
	Done  bool
	Exit  launch.Exit
	Usage fleet.Usage // MaxRSS and PSS by its own report: 0 where it was killed
}

// messagesAhead is how many messages may wait for the loop: to change between goroutines for each costs more than what it
// does about one. They are few against those that it takes between two ticks, so nobody is judged by what it has not heard.
const messagesAhead = 64

// Run has every host visited, as often as Config.Next wants, and returns when each has its outcome and every worker has ended. Its error is muster's
// own failure, a *multierror.Error: hosts that were not reached because of it have the outcome skipped.
func Run(ctx context.Context, cfg Config) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	r := &run{
		Config:   cfg,
		ctx:      ctx,
		super:    newSupervisor(policyOf(cfg)),
		talks:    map[int]*conversation{},
		messages: make(chan message, messagesAhead),
	}
	defer cancel()
	input, err := wire.EncodeInput(cfg.Job.Input)
	if err != nil {
		return Result{}, err
	}
	r.input = input

	ticks := time.NewTicker(tickEvery)
	defer ticks.Stop()
	r.happened(begin{more: cfg.Next != nil})
	for r.settle(); !r.super.finished(); r.settle() {
		select {
		case m := <-r.messages:
			r.heard(m)
			for range len(r.messages) { // all that wait, so that schedule is called once for them
				r.heard(<-r.messages)
			}
		case <-ticks.C:
			r.happened(r.tick())
		case <-r.due:
			r.due = nil
			if r.super.stopping { // its workers are about to end
				continue
			}
			if r.Sink.Again != nil {
				r.Sink.Again()
			}
			r.happened(begin{more: !r.last})
		case s := <-cfg.Stops:
			r.happened(stop{now: s.Now})
		}
	}
	// Not deferred: a panic is not to wait for those who wait for this loop.
	cancel()
	r.helpers.Wait()
	return r.result, r.errs.ErrorOrNil()
}

// lines shows errors one a line.
func lines(errs []error) string { return errors.Join(errs...).Error() }

// run is the state of the loop.
type run struct {
	Config
	ctx      context.Context
	input    [][]byte // the lines that follow each job
	super    *supervisor
	talks    map[int]*conversation // with living workers
	messages chan message
	due      <-chan time.Time // tells when the next beat begins; nil: one has
	last     bool             // that is the last
	helpers  sync.WaitGroup   // writers, judges
	result   Result
	errs     *multierror.Error
}

// hostGrace is how much longer than its own limits a host may take before its worker is taken to be stuck.
const hostGrace = 5 * time.Second

func policyOf(cfg Config) policy {
	p := policy{
		listed:   cfg.Hosts,
		chunks:   cfg.Chunks,
		fanout:   cfg.Job.Fanout,
		maxProcs: cfg.MaxProcs,
		failFast: cfg.FailFast,
		steal:    cfg.Steal,
		grouped:  cfg.Grouped,
		output:   cfg.Job.MaxOutput,
		patience: patience{hello: ticks(5 * time.Second), silent: ticks(5 * time.Second)},
	}
	if p.maxProcs == 0 {
		p.maxProcs = len(cfg.Chunks)
	}
	if cfg.Prefixed {
		p.far, p.patience = true, farPatience()
	}
	if cfg.Grouped {
		p.regroup = cfg.Job.Retries
	}
	if cfg.Job.TimeoutMS > 0 {
		p.patience.host = ticks(milliseconds(cfg.Job.ConnectTimeoutMS)) + ticks(milliseconds(cfg.Job.TimeoutMS)) + ticks(hostGrace)
	}
	return p
}

func ticks(d time.Duration) int { return int(d / tickEvery) }

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// happened has the supervisor decide about an event and does what it says.
func (r *run) happened(ev event) { r.do(r.super.step(ev)) }

// settle does what work and room call for after all that has happened.
func (r *run) settle() {
	for r.do(r.super.schedule()) {
	}
}

// do does actions, and reports whether some could not be done, which the supervisor then knows.
func (r *run) do(actions []action) (failed bool) {
	var failures []event
	for _, a := range actions {
		if failure := r.act(a); failure != nil {
			failures = append(failures, failure)
		}
	}
	for _, failure := range failures {
		r.happened(failure)
	}
	return len(failures) > 0
}

// act does one action. One that could not be done is an event of its own; otherwise act returns nil.
func (r *run) act(a action) event {
	switch a := a.(type) {
	case launchWorker:
		return r.launch(a)
	case feed:
		if !r.talks[a.worker].feed(r.Hosts, r.Grouped, a) {
			return violation{a.worker, "broke the protocol: answers for hosts that it has not read"}
		}
	case end:
		r.talks[a.worker].end()
	case judge:
		return r.judge(r.talks[a.worker], a)
	case closing:
		r.urge(a.worker, launch.Worker.CloseWrite)
	case terminate:
		r.urge(a.worker, launch.Worker.Terminate)
	case kill:
		r.urge(a.worker, launch.Worker.Kill)
	case abandon:
		return r.abandon(a.worker)
	case begun:
		if r.Sink.Begun != nil {
			r.Sink.Begun(a.host)
		}
	case groupBegun:
		if r.Sink.GroupBegun != nil {
			r.Sink.GroupBegun(a.chunk, a.attempt)
		}
	case emit:
		r.emit(a)
	case deliver:
		r.deliver(a)
	case grouped:
		if talk := r.talks[a.worker]; talk != nil {
			talk.report.Hosts += a.hosts
		}
		if r.Sink.Group != nil {
			r.Sink.Group(a.chunk, a.group, a.attempts)
		}
	case warn:
		r.result.Warnings = append(r.result.Warnings, a.text)
	case fail:
		r.errs = multierror.Append(r.errs, errors.New(a.text))
		r.errs.ErrorFormat = lines
	case over:
		result := r.result
		r.result = Result{}
		r.due, r.last = r.Next(result)
	case failedFast:
		r.result.FailedFast = true
	}
	return nil
}

func (r *run) emit(a emit) {
	if r.Sink.Outcome != nil {
		r.Sink.Outcome(a.hosts, a.outcome)
	}
}

func (r *run) deliver(a deliver) {
	switch {
	case a.Group && r.Sink.GroupOutput != nil:
		r.Sink.GroupOutput(a.chunk, a.Output)
	case !a.Group && r.Sink.Output != nil:
		r.Sink.Output(a.host, a.Output)
	}
}

// urge has a worker take a step towards its end. One whose launch failed a moment ago is not there.
func (r *run) urge(worker int, step func(launch.Worker) error) {
	if talk := r.talks[worker]; talk != nil {
		_ = step(talk.worker)
	}
}

// launch starts a worker and the goroutines that talk to it.
func (r *run) launch(a launchWorker) event {
	job := r.Job
	job.Worker, job.Chunk, job.Chunks, job.Fanout, job.Window = a.worker, a.chunk, len(r.Chunks), a.fanout, a.window
	job.Attempt, job.InputBytes = a.attempt, len(job.Input)
	job.RetryBudget = (r.Job.RetryBudget + len(r.Chunks) - 1) / len(r.Chunks)
	line, err := wire.EncodeDown(wire.Down{Job: &job})
	if err != nil {
		return exit{worker: a.worker, how: "job: " + err.Error(), failed: true}
	}
	worker, err := r.Launcher.Launch(r.ctx, a.worker, a.place)
	if err != nil {
		return exit{worker: a.worker, how: err.Error(), scarce: child.WhyRefused(err) == child.Scarce, failed: true}
	}
	talk := newConversation(a, worker, len(r.input), r.Grouped)
	r.talks[a.worker] = talk
	talk.queue(downLine{text: line})
	for _, line := range r.input {
		talk.queue(downLine{text: line})
	}
	r.helpers.Go(talk.write)
	go talk.read(r.messages, r.Prefixed) // until its last message was heard, or its worker abandoned
	return nil
}

// tick tells the supervisor which workers have said nothing since the last tick though we listened.
func (r *run) tick() tick {
	t := tick{quiet: map[int]bool{}, held: map[int]bool{}, taking: map[int]bool{}, queued: r.queued()}
	for id, talk := range r.talks {
		t.quiet[id], t.held[id] = talk.quiet()
		t.taking[id] = talk.taken.Swap(0) > 0
	}
	return t
}

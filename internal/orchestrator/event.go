package orchestrator

import (
	"muster/internal/fleet"
	"muster/internal/wire"
)

// An event is what happened: begin, tick, stop, exit, or a frame of a worker.
type event interface{}

// begin is the first event of a beat, in which every host is visited: of the first, and of each that follows once all hosts
// have their outcome. more: it is not the last.
type begin struct{ more bool }

// tick comes every tickEvery while the loop runs. quiet names the workers whose reader has waited on an empty pipe since
// the last tick, held those whose reader has waited for the loop, taking those that have read some of what they are told, queued
// those that wait for somebody to make room for them.
type tick struct{ quiet, held, taking, queued map[int]bool }

// stop ends the run before its time; now: without asking workers first.
type stop struct{ now bool }

// exit is the last event of a worker: its output is drained and it has ended, or it could not be launched.
type exit struct {
	worker   int
	launched bool   // false: how says why not
	how      string // for a person: "killed by signal 9 (SIGKILL)"
	outside  bool   // it died by a signal that others send: KILL, TERM, HUP; or of what this machine lacks
	scarce   bool   // this machine lacked a process, a thread, memory or descriptors for it
	failed   bool   // it ended otherwise than by exit code 0
}

// A frame is what a worker says, or fails to.
type frame interface{ from() int }

type (
	hello struct{ worker, pid int }
	// start is that of a host or, with num 0, of the script of the group, for the attempt-th time.
	start struct{ worker, num, attempt int }

	outcome struct {
		worker int
		fleet.Outcome
	}
	group struct {
		worker int
		fleet.Group
	}
	output struct {
		worker int
		fleet.Output
	}
	ask struct {
		worker int
		wire.Ask
	}
	done      struct{ worker, outcomes int }
	violation struct {
		worker int
		why    string
	}
	// eof is the end of what a worker says; exit follows, unless it holds on to life without a voice.
	eof struct{ worker int }
)

func (f hello) from() int     { return f.worker }
func (f start) from() int     { return f.worker }
func (f outcome) from() int   { return f.worker }
func (f group) from() int     { return f.worker }
func (f output) from() int    { return f.worker }
func (f ask) from() int       { return f.worker }
func (f done) from() int      { return f.worker }
func (f violation) from() int { return f.worker }
func (f eof) from() int       { return f.worker }

// An action is what the loop has to do.
type action interface{}

type (
	// launchWorker starts a worker for a chunk; fanout 1 and chunk quarantine for suspects. A group's first attempt of it is
	// its attempt-th of all.
	launchWorker struct{ worker, place, chunk, fanout, window, attempt int }
	// feed sends hosts, by index, under the numbers first, first+1, …
	feed struct {
		worker, first int
		hosts         []int
	}
	end       struct{ worker int } // no more hosts will come
	closing   struct{ worker int } // close its input: it is to stop, or to leave
	terminate struct{ worker int }
	kill      struct{ worker int }
	abandon   struct{ worker int } // wait for its end no longer, but take it for ended
	// judge has a host's key judged and the verdict sent.
	judge struct {
		worker, host int
		wire.Ask
	}
	// begun says that a host is in flight.
	begun struct{ host int }
	// groupBegun says that a chunk's script is running, for the attempt-th time. What it has written so far is void.
	groupBegun struct{ chunk, attempt int }
	// emit is the one outcome of each of these hosts, but for their names.
	emit struct {
		hosts   []int
		outcome fleet.Outcome
	}
	// deliver is a part of a host's output, or of that of a chunk's script, where host is -1.
	deliver struct {
		host, chunk int
		fleet.Output
	}
	// grouped is how a chunk's script ended, in a worker that answers so for this many hosts.
	grouped struct {
		worker, hosts   int
		chunk, attempts int
		group           fleet.Group
	}
	// warn is for the person who runs muster.
	warn struct{ text string }
	// fail is an error of muster's own. The run is stopping when it comes.
	fail struct{ text string }
	// over says that all hosts have their outcome, and that the run waits for its next beat.
	over struct{}
	// failedFast says that the run stops because this host failed.
	failedFast struct{ host int }
)

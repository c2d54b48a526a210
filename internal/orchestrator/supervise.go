package orchestrator

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"muster/internal/fleet"
)

// The policy counts time in ticks, not by a clock: while the parent itself is stopped no ticks come, so that nobody is
// judged for time in which nobody listened.
const (
	tickEvery    = 100 * time.Millisecond
	ladderStep   = 3  // ticks between close, terminate and kill
	killGrace    = 10 // ticks from kill to exit, after which a worker is left behind
	barrenDeaths = 5  // deaths of a slot in a row, without an outcome in between, after which the run gives up on it
	maxBackoff   = 20 // ticks before a slot's next worker
	roomEvery    = 50 // ticks in an engine's queue after which room is made again for a worker
	soloCrashes  = 2  // crashes while alone in flight that make a host lost
	soloKills    = 3  // kills from outside while alone in flight that do
)

// A supervisor decides what to do about workers and hosts. It is pure: step takes what happened, and it and schedule return
// what to do, without a clock, a process or a goroutine, so that any conversation can be replayed in a test.
//
//	          launch            hello           feed … end            done            exit
//	(nothing) ──────► launching ──────► working ───────────► working ──────► leaving ──────► (nothing)
//	                      │                │                              close, terminate, kill
//	                      └── doomed ◄─────┘ violation, stall: killed; what is in flight is suspect
//
// Where there are more beats, working workers are kept to the next, as long as nobody waits for their place.
//
// A worker that even a kill does not end, because it sleeps in the kernel, is left behind: it will do nothing more, and
// counts as ended.
//
// Every host is in exactly one place: the queue of a chunk, the queue of suspects, fed to one worker, or finished.
type supervisor struct {
	policy
	hosts    []visit
	slots    []*slot // one a chunk, then those of the quarantine
	begun    int     // how many chunks have had a worker; there may be a million that wait
	again    []*slot // of chunks that lost their worker
	suspects []int   // hosts to run again, each alone in flight
	workers  map[int]*worker
	living   []*worker // the same, in the order of their launch
	left     int       // hosts of chunks without an outcome
	now      int       // ticks
	lastID   int
	lastNum  int
	more     bool   // other beats follow
	waiting  bool   // for the next
	wanted   int    // places of kept workers, for those who wait in an engine's queue
	reached  bool   // some worker has said hello
	failure  string // why a far worker did not, while none had; empty: none failed
	stopping bool
	actions  []action
}

// policy is what the supervisor must know of a run.
type policy struct {
	listed   []fleet.Host // in their order, for what they are called
	chunks   [][]int      // indexes of hosts
	fanout   int
	maxProcs int
	failFast func(hosts int, o fleet.Outcome) bool // see Config
	output   int                                   // bytes of each stream that a host, or a script, may send
	steal    bool                                  // workers take from each other's queues: see steal.go
	grouped  bool                                  // the task runs once for the whole chunk, which is fed at once and fails as one
	far      bool                                  // workers are behind a command: see far.go
	regroup  int                                   // how often a group whose script failed, or whose worker crashed, is run again
	patience patience
}

// patience is how many ticks a supervisor waits before it ends a worker.
type patience struct {
	hello  int // from launch to hello, but for time in a queue
	queue  int // in a queue
	silent int // with nothing to read
	host   int // from start to outcome; 0: for ever
}

// visit is the story of one host.
type visit struct {
	chunk    int32
	starts   int32 // in workers, also in those that crashed
	crashes  int8  // of workers in which it was alone in flight
	kills    int8  // from outside, of such workers
	spared   bool  // it went back to its queue after such a kill of a worker that had others in flight too
	finished bool
}

// slot is a place for one worker at a time, which works through a queue.
type slot struct {
	chunk    int // quarantine where it works on suspects
	place    int // where its workers are launched: its chunk's, or that of the suspects for whom it is
	queue    *[]int
	worker   *worker
	barren   int    // deaths since the last outcome
	ready    int    // the tick before which no worker is launched
	gaveUp   string // why there will be no further worker; empty: there may be
	attempts int    // at a group's script
}

const quarantine = -1

// theGroup is the number that stands among those of feeds for the script of a group.
const theGroup = 0

// worker is a process, goroutine or far process from launch to exit.
type worker struct {
	id       int
	slot     *slot
	pid      int
	greeted  bool         // hello came
	ended    bool         // end was sent
	done     bool         // done came
	mute     bool         // its output has ended
	doomed   string       // why we killed it; empty: we did not
	unheard  bool         // that is, because nothing was heard of it
	inQueue  bool         // of an engine, at the last tick
	grouped  bool         // its group's outcome came, after which only done may
	fed      feeds        // unanswered
	started  map[int]int  // of those, and the group's script, the begun: number to tick
	said     map[int]said // the output so far, by number
	outcomes int
	born     int // tick of its launch, or of the end of its time in a queue
	queued   int // ticks in a queue
	quiet    int // ticks with nothing to read
	moved    int // the tick at which it was last fed or said anything but a beat
	leaving  int // the tick of the ladder's first step; 0: not asked to leave
	killed   int // the tick of the first kill; 0: none
}

// said is how much of a host's output, or of a script's, has come.
type said struct {
	parts int
	bytes [2]int // of stdout, of stderr
}

func newSupervisor(p policy) *supervisor {
	s := &supervisor{policy: p, hosts: make([]visit, len(p.listed)), workers: map[int]*worker{}}
	for chunk := range p.chunks {
		s.slots = append(s.slots, &slot{chunk: chunk, place: chunk, queue: new([]int)})
	}
	return s
}

// step takes one event and returns the actions that follow from it alone, in order. Those that work and room call for are
// schedule's, which is to be called before time passes.
func (s *supervisor) step(ev event) []action {
	s.actions = nil
	switch ev := ev.(type) {
	case begin:
		s.begin(ev.more)
	case tick:
		s.tick(ev)
	case stop:
		s.stop(ev.now)
	case exit:
		s.exit(ev)
	case frame:
		// What a doomed worker says no longer counts; neither does a worker that has exited speak.
		if w := s.workers[ev.from()]; w != nil && w.doomed == "" {
			s.frame(w, ev)
		}
	}
	return s.actions
}

// finished reports whether every host has its last outcome and every worker has ended.
func (s *supervisor) finished() bool {
	return s.left == 0 && len(s.workers) == 0 && (!s.more || s.stopping)
}

func (s *supervisor) do(a action) { s.actions = append(s.actions, a) }

// finish gives hosts their one outcome. What was ever begun is canceled rather than skipped.
func (s *supervisor) finish(o fleet.Outcome, hosts ...int) {
	for len(hosts) > 0 {
		alike := 1
		for alike < len(hosts) && s.alike(hosts[0], hosts[alike]) {
			alike++
		}
		s.emit(new(o), hosts[:alike:alike])
		hosts = hosts[alike:]
	}
}

// alike reports whether the same outcome reads the same of two hosts.
func (s *supervisor) alike(a, b int) bool {
	return s.hosts[a].starts == s.hosts[b].starts && s.hosts[a].chunk == s.hosts[b].chunk
}

// emit gives hosts that are alike their one outcome, and fills in what is theirs.
func (s *supervisor) emit(o *fleet.Outcome, hosts []int) {
	for _, host := range hosts {
		if s.hosts[host].finished {
			panic(fmt.Sprintf("host %s: a second outcome", s.listed[host].Label))
		}
		s.hosts[host].finished = true
	}
	s.left -= len(hosts)
	starts := int(s.hosts[hosts[0]].starts)
	if o.Status == fleet.StatusSkipped && starts > 0 {
		o.Status = fleet.StatusCanceled
	}
	o.Attempts = max(o.Attempts, starts)
	o.Chunk = int(s.hosts[hosts[0]].chunk)
	s.do(emit{hosts: hosts, outcome: o})
	if s.failFast != nil && s.failFast(len(hosts), *o) && !s.stopping {
		s.do(failedFast{host: hosts[0]})
		s.stop(false)
	}
}

// hostsOf returns the hosts that a worker was fed under these numbers.
func (w *worker) hostsOf(nums []int) []int {
	hosts := make([]int, len(nums))
	for i, num := range nums {
		hosts[i], _ = w.fed.host(num)
	}
	return hosts
}

func sorted(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }

// Package strategy turns one of five names, and what the user asked for beside it, into a Plan: how many workers, of
// which kind, with how many hosts in flight in each. A strategy is a row of data; what runs is the same code for all.
package strategy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Default is the strategy of a run that asks for none.
const Default = "hybrid"

// MaxInFlight bounds the hosts in flight in a whole run.
const MaxInFlight = 512

const (
	spareFiles  = 28 // descriptors a process needs for itself
	workerFiles = 4  // descriptors of the parent a worker takes
	minFiles    = spareFiles + workerFiles
)

// row is what a name stands for.
type row struct {
	name      string
	processes bool // workers are processes, not goroutines
	oneWorker bool
	allCores  bool // the parent works on as many cores as there are; else it relays, or is to have one only
	fanout    int  // by default
	oneAtOnce bool // any other fan-out is refused
}

var rows = []row{
	{name: "hybrid", processes: true, fanout: 64},
	{name: "processes", processes: true, fanout: 1, oneAtOnce: true},
	{name: "threads", allCores: true, fanout: 1},
	{name: "async", oneWorker: true, fanout: 64},
	{name: "serial", oneWorker: true, fanout: 1, oneAtOnce: true},
}

// Names lists the strategies, the default first.
func Names() []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	return names
}

// Chunked reports whether a strategy, which must be one of Names, has a choice of chunks.
func Chunked(name string) bool { r, err := find(name); return err == nil && !r.oneWorker }

// Processes reports whether a strategy, which must be one of Names, has processes for workers.
func Processes(name string) bool { r, err := find(name); return err == nil && r.processes }

// Fanned reports whether a strategy, which must be one of Names, has a choice of hosts in flight in each worker.
func Fanned(name string) bool { r, err := find(name); return err == nil && !r.oneAtOnce }

// DefaultFanout is how many hosts are in flight in each worker of a strategy where nobody says.
func DefaultFanout(name string) int { r, _ := find(name); return r.fanout }

// Ask is what the user wants; zero means: not said.
type Ask struct {
	Strategy string
	Chunks   int // groups of hosts, a worker for each
	MaxProcs int // workers alive at once
	Fanout   int // hosts in flight in each worker
}

// Limits is what the run and this machine allow.
type Limits struct {
	Hosts     int
	Cores     int // chunks by default
	Files     int // descriptors a process may have open
	HostFiles int // descriptors that a host in flight takes; 0: 1
	Workers   int // worker processes that may be alive at once
}

// Plan is how a run is split.
type Plan struct {
	Strategy  string
	Processes bool // each worker is a process of its own; else a goroutine of this one
	OneCore   bool // this process is to use one core: it only relays, or that is what the strategy shows
	Chunks    int  // 0 where there are no hosts
	MaxProcs  int
	Fanout    int
}

// InFlight is how many hosts may be in flight at once in the whole run.
func (p Plan) InFlight() int { return p.MaxProcs * p.Fanout }

// ErrNoWorker is why there is no plan where not one worker process can be started.
var ErrNoWorker = errors.New("cannot start a worker: this user or control group may have no more processes and threads")

// New makes the plan. What was asked for and is lowered to fit the limits comes back as notes; what contradicts the
// strategy is an error.
func New(ask Ask, limits Limits) (Plan, []string, error) {
	r, err := find(ask.Strategy)
	if err != nil {
		return Plan{}, nil, err
	}
	switch {
	case r.oneAtOnce && ask.Fanout > 1:
		return Plan{}, nil, fmt.Errorf("strategy %s has one host in flight in each worker: --fanout %d contradicts it",
			r.name, ask.Fanout)
	case r.oneWorker && ask.Chunks > 1:
		return Plan{}, nil, fmt.Errorf("strategy %s has one worker: --chunks %d contradicts it", r.name, ask.Chunks)
	case limits.Files < minFiles:
		return Plan{}, nil, fmt.Errorf("%d open files allowed, %d needed: raise ulimit -n", limits.Files, minFiles)
	case r.processes && limits.Workers < 1:
		return Plan{}, nil, ErrNoWorker
	}
	p := Plan{Strategy: r.name, Processes: r.processes, OneCore: !r.allCores}
	p.Chunks = 1
	if !r.oneWorker {
		p.Chunks = or(ask.Chunks, limits.Cores)
	}
	p.Chunks = min(p.Chunks, limits.Hosts)
	p.MaxProcs = min(or(ask.MaxProcs, p.Chunks), p.Chunks)
	p.Fanout = or(ask.Fanout, r.fanout)
	p, notes := fit(p, ask, limits)
	return p, notes, nil
}

// fit lowers a plan to what the limits allow. What of it is not said: no more than MaxInFlight, to whom did not ask.
func fit(p Plan, ask Ask, limits Limits) (_ Plan, notes []string) {
	lower := func(what string, n *int, most int, why string, said bool) {
		if *n > most && said {
			notes = append(notes, fmt.Sprintf("%s lowered from %d to %d: %s", what, *n, most, why))
		}
		*n = min(*n, most)
	}
	const workers, fanout = "workers at once", "fan-out"
	files := limits.Files - spareFiles
	hosts := files / max(limits.HostFiles, 1)
	opened, flying := fmt.Sprintf("%d open files", limits.Files), fmt.Sprintf("at most %d hosts in flight", MaxInFlight)
	if p.Processes {
		lower(workers, &p.MaxProcs, files/workerFiles, opened, true)
		lower(workers, &p.MaxProcs, limits.Workers, "this user or control group may have no more processes and threads", true)
		lower(fanout, &p.Fanout, max(hosts, 1), opened, true)
	} else {
		lower(workers, &p.MaxProcs, files, opened, true)
		lower(fanout, &p.Fanout, max(hosts/max(p.MaxProcs, 1), 1), opened, true)
	}
	lower(workers, &p.MaxProcs, MaxInFlight, flying, ask.MaxProcs > 0 || ask.Chunks > 0)
	lower(fanout, &p.Fanout, MaxInFlight/max(p.MaxProcs, 1), flying, ask.Fanout > 0)
	return p, notes
}

func find(name string) (row, error) {
	if name == "" {
		name = Default
	}
	i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
	if i < 0 {
		return row{}, fmt.Errorf("unknown strategy %q: one of %s", name, strings.Join(Names(), ", "))
	}
	return rows[i], nil
}

func or(asked, otherwise int) int {
	if asked > 0 {
		return asked
	}
	return otherwise
}

// Package journal keeps the outcomes of runs in a file as they come, so that what a run has done outlives its end, however
// that comes, and the next run need not do it again.
//
//	run A   outcome   outcome   …   run B, goes on   outcome   …   run C   outcome   …
//	└────────────── one job, as far as it came ──────────────┘     └─ another ─ …
//
// A run that goes on adds to what stands before it; one that does not begins a new job. Of a host that occurs more than
// once in a job the last outcome counts. Hosts go by their identity, never by their position.
package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"muster/internal/durable"
	"muster/internal/fleet"
)

// syncEvery is how long a loss of power may set a journal back.
const syncEvery = time.Second

// Job is what has to be the same of two runs of which one goes on with the other.
type Job struct {
	Task    string            `json:"task"`
	Options map[string]string `json:"options,omitempty"` // those that change a result, by name
}

// Journal is an open journal, which no other process can open until Close. Its methods are safe for concurrent use.
type Journal struct {
	path string
	last *header          // of the last run; nil: there was none
	past map[string]entry // of its job, by identity

	mu      sync.Mutex
	log     *durable.Log
	syncing *time.Timer // nil: all that was written is on the disk
	closed  bool
}

// entry is where a host's outcome stands, and what is to be known without a look at it.
type entry struct {
	at     int64
	size   int
	status fleet.Status
	took   time.Duration
}

// Open reads the journal at path, which need not be there yet, and keeps others out. It changes nothing: Begin does.
func Open(path string) (*Journal, error) {
	log, err := durable.OpenLog(path)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{path: path, log: log, past: map[string]entry{}}
	locked := log.Lock()
	if locked == nil || errors.Is(locked, durable.ErrInUse) {
		err = j.read()
	}
	switch {
	case errors.Is(locked, durable.ErrInUse) && j.last != nil:
		err = fmt.Errorf("%s: in use by process %d", path, j.last.PID)
	case locked != nil:
		err = locked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), log.Close())
	}
	return j, nil
}

// read takes in what stands there.
func (j *Journal) read() error {
	_, size := j.log.Tail()
	text, err := j.log.At(0, int(min(size, int64(len(beginning)))))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(beginning, string(text)) { // which may be large, and have no lines
		return j.unknown()
	}
	if err := j.log.Read(j.take); err != nil {
		return err
	}
	return j.known()
}

func (j *Journal) unknown() error {
	return fmt.Errorf("%s: not a journal, or damaged from the start", j.path)
}

func (j *Journal) take(at int64, line []byte) error {
	if bytes.HasPrefix(line, []byte(`{"outcome":`)) {
		var g glance
		if err := json.Unmarshal(line, &g); err != nil || g.Outcome == nil {
			return fmt.Errorf("%s: record at byte %d: %w", j.path, at, cmp.Or(err, errNoOutcome))
		}
		o := g.Outcome
		j.past[o.Host] = entry{at: at, size: len(line), status: o.Status, took: time.Duration(o.DurationMS * float64(time.Millisecond))}
		return nil
	}
	r, err := decode(line)
	switch {
	case err != nil:
		return fmt.Errorf("%s: record at byte %d: %w", j.path, at, err)
	case r.Run != nil && r.Run.Version != version:
		return fmt.Errorf("%s: version %d of the format: this muster knows %d", j.path, r.Run.Version, version)
	case r.Run != nil:
		j.last = r.Run
		if !r.Run.GoesOn {
			clear(j.past)
		}
	default:
		return fmt.Errorf("%s: record at byte %d: an outcome of another form", j.path, at)
	}
	return nil
}

var errNoOutcome = errors.New("no outcome")

// beginning is how every journal begins.
const beginning = `{"run":{"version":`

// known refuses a file of which nothing could be read, but for a first record that was torn: it may be somebody's, and is
// not to be cut off.
func (j *Journal) known() error {
	at, tail := j.log.Tail()
	if at > 0 || tail == 0 {
		return nil
	}
	const most = 64 << 10 // of a first record
	text, err := j.log.At(0, int(min(tail, most)))
	if err != nil {
		return err
	}
	if tail < most && !strings.Contains(string(text), "\n") {
		return nil
	}
	return j.unknown()
}

// Damage says what stands behind the last whole record, which Begin cuts off; empty: nothing does.
func (j *Journal) Damage() string {
	at, tail := j.log.Tail()
	if tail == 0 {
		return ""
	}
	return fmt.Sprintf("journal %s: torn or damaged at byte %d: a run cuts off the %d bytes from there", j.path, at, tail)
}

// Fits returns nil where a run of job can go on with the last one here, or else in what it differs.
func (j *Journal) Fits(job Job) error {
	if j.last == nil {
		return nil
	}
	differs := func(name, there, here string) error {
		return fmt.Errorf("journal %s is of another job: its %s is %s, not %s", j.path, name, cmp.Or(there, "none"), cmp.Or(here, "none"))
	}
	if there := j.last.Job; there.Task != job.Task {
		return differs("task", there.Task, job.Task)
	}
	names := slices.Concat(slices.Collect(maps.Keys(job.Options)), slices.Collect(maps.Keys(j.last.Job.Options)))
	slices.Sort(names)
	for _, name := range names {
		if there, here := j.last.Job.Options[name], job.Options[name]; there != here {
			return differs(name, there, here)
		}
	}
	return nil
}

// Empty reports whether no run is in the journal.
func (j *Journal) Empty() bool { return j.last == nil }

// Hosts is of how many hosts the last job has an outcome.
func (j *Journal) Hosts() int { return len(j.past) }

// Status is how a host ended in the last job, or false where that has no outcome of it.
func (j *Journal) Status(id string) (fleet.Status, bool) {
	e, ok := j.past[id]
	return e.status, ok
}

// Took is how long a host took in the last job; 0 where that is not known.
func (j *Journal) Took(id string) time.Duration { return j.past[id].took }

// Past returns the outcome of a host that has a Status, and what it wrote; nil where nothing was kept.
func (j *Journal) Past(id string) (o fleet.Outcome, stdout, stderr []byte, err error) {
	e := j.past[id]
	j.mu.Lock()
	line, err := j.log.At(e.at, e.size)
	j.mu.Unlock()
	var r record
	if err == nil {
		r, err = decode(line)
	}
	if err == nil && r.Outcome == nil {
		err = errNoOutcome
	}
	if err != nil {
		return o, nil, nil, fmt.Errorf("journal %s: record at byte %d: %w", j.path, e.at, err)
	}
	o = r.Outcome.Outcome
	o.Extra = r.Outcome.Extra
	return o, r.Outcome.Stdout, r.Outcome.Stderr, nil
}

// Begin begins a run of job, which goes on with the last one or begins anew.
func (j *Journal) Begin(run string, job Job, goesOn bool) error {
	return j.add(record{Run: &header{
		Version: version, ID: run, PID: os.Getpid(), Began: time.Now().UTC(), GoesOn: goesOn, Job: job,
	}})
}

// Add adds the outcome of a host, which goes by id. When it returns nil the outcome outlives this process, and within a
// second a loss of power. After a failure nothing more is added.
func (j *Journal) Add(id string, o fleet.Outcome) error {
	o.Host = id
	out, err := outcomeOf(o)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return j.add(record{Outcome: out})
}

func (j *Journal) add(r record) error {
	line, err := encode(r)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.log.Append(line); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if j.syncing == nil {
		j.syncing = time.AfterFunc(syncEvery, j.sync)
	}
	return nil
}

func (j *Journal) sync() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.syncing = nil
	_ = j.log.Sync() // the next to write is told
}

// Close gives the journal free, once all that was added is on the disk, or returns why it may not be. It may be called
// again, and then does nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	if j.syncing != nil {
		j.syncing.Stop()
	}
	if err := errors.Join(j.log.Sync(), j.log.Close()); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

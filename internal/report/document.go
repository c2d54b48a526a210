// Package report writes what a run found: one encoder a file. Text from hosts may be hostile; every encoder makes it
// inert, and none lets it begin or end a line, a cell or a record.
package report

import (
	"time"

	"muster/internal/aggregate"
	"muster/internal/fleet"
)

// Schema names the form of a Document in json.
const Schema = "muster.report/1"

// Document is all there is to say of a run that has ended. Its encoders do not change it.
type Document struct {
	Run        Run
	Hosts      []*fleet.Outcome // in the order they were given
	Groups     []Group          // one a chunk, where a script ran once for each; nil: none did
	Items      bool             // Groups are of any lines, not of hosts
	Summary    aggregate.Summary
	Thresholds []Threshold // one a rule that was given
	Where      string      // the rule that Hosts are as they are by; empty: they are all
	By         *By         // Hosts, put together by a field; nil: they are not
	Workers    []Worker
	Warnings   []string
	Changes    []Change // since the last beat
	ExitCode   int
	ExitReason string
}

// brokenOff reports whether the run as a whole failed, or ended before its time, by its exit code: hosts alone make none of
// these.
func (d *Document) brokenOff() bool { return d.ExitCode == 1 || d.ExitCode >= 124 }

// what is what there is an outcome of.
func (d *Document) what() string {
	if d.Items {
		return "items"
	}
	return "hosts"
}

// Run says what was asked for, and when.
type Run struct {
	ID         string    `json:"id"`
	Command    string    `json:"command"` // collect, exec …
	Strategy   string    `json:"strategy"`
	Partition  string    `json:"partition,omitempty"`
	Chunks     int       `json:"chunks"`
	Fanout     int       `json:"fanout"` // hosts in flight in one worker
	StartedAt  time.Time `json:"started_at"`
	DurationMS float64   `json:"duration_ms"`

	Beat int `json:"beat,omitempty"` // of a run that visits its hosts again and again, from 1

	DoneBefore int `json:"done_before,omitempty"` // hosts whose outcomes are an earlier run's, from the journal

	MaxRSSBytes int64 `json:"max_rss_bytes,omitempty"` // the most that muster itself had resident; 0: not known
	SumPSSBytes int64 `json:"sum_pss_bytes,omitempty"` // what it and its workers held, memory they share counted once; 0: not known
}

// Group says how the script of one chunk ended, and what it wrote that is no host's.
type Group struct {
	Chunk      int          `json:"chunk"`
	Count      int          `json:"count"`           // of its hosts, or items
	Hosts      []string     `json:"hosts,omitempty"` // nil: items
	Status     fleet.Status `json:"status"`
	Error      string       `json:"error,omitempty"`
	Attempts   int          `json:"attempts"`
	ExitCode   *int         `json:"exit_code,omitempty"` // nil where it did not end by itself
	Signal     string       `json:"signal,omitempty"`    // that ended it, without SIG
	DurationMS *float64     `json:"duration_ms,omitempty"`

	StdoutTruncatedBytes int64      `json:"stdout_truncated_bytes,omitempty"`
	StderrTruncatedBytes int64      `json:"stderr_truncated_bytes,omitempty"`
	UserSeconds          *float64   `json:"user_seconds,omitempty"`
	SystemSeconds        *float64   `json:"system_seconds,omitempty"`
	MaxRSSBytes          *int64     `json:"max_rss_bytes,omitempty"` // as sampled
	Stdout               fleet.Text `json:"-"`                       // in json as stdout and stderr
	Stderr               fleet.Text `json:"-"`
}

// Worker says how one worker ended and what it cost. A figure that was not measured is nil.
type Worker struct {
	Chunk               int      `json:"chunk"`
	PID                 int      `json:"pid"`
	Node                string   `json:"node,omitempty"`
	Hosts               int      `json:"hosts"`
	Exit                *int     `json:"exit,omitempty"`   // nil where it did not end by itself
	Signal              string   `json:"signal,omitempty"` // its name, such as SIGKILL
	UserSeconds         *float64 `json:"user_seconds,omitempty"`
	SystemSeconds       *float64 `json:"system_seconds,omitempty"`
	MaxRSSBytes         *int64   `json:"max_rss_bytes,omitempty"`
	PSSBytes            *int64   `json:"pss_bytes,omitempty"`
	VoluntarySwitches   *int64   `json:"voluntary_switches,omitempty"`
	InvoluntarySwitches *int64   `json:"involuntary_switches,omitempty"`
	Stderr              string   `json:"stderr,omitempty"` // its first and last lines
}

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
	Summary    aggregate.Summary
	Workers    []Worker
	Warnings   []string
	ExitCode   int
	ExitReason string
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
}

// Worker says how one worker ended and what it cost. A figure that was not measured is nil.
type Worker struct {
	Chunk               int      `json:"chunk"`
	PID                 int      `json:"pid"`
	Node                string   `json:"node,omitempty"`
	Hosts               int      `json:"hosts"`
	Exit                *int     `json:"exit,omitempty"`   // nil where a signal ended it
	Signal              string   `json:"signal,omitempty"` // its name, such as SIGKILL
	UserSeconds         *float64 `json:"user_seconds,omitempty"`
	SystemSeconds       *float64 `json:"system_seconds,omitempty"`
	MaxRSSBytes         *int64   `json:"max_rss_bytes,omitempty"`
	PSSBytes            *int64   `json:"pss_bytes,omitempty"`
	VoluntarySwitches   *int64   `json:"voluntary_switches,omitempty"`
	InvoluntarySwitches *int64   `json:"involuntary_switches,omitempty"`
	Stderr              string   `json:"stderr,omitempty"` // its first and last lines
}

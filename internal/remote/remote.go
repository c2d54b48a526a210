// Package remote runs a command on a host, over SSH of its own, by the system's ssh or on this machine, and says how that
// went: a status, and the phase in which it was decided.
//
// A visit over SSH, and what ends each of its phases:
//
//	resolve ─► connect ─► banner ─► kex ─► auth ─► session ─► exec ─► output ─► ok
//	└────── no later than the connect timeout ────────────┘  └─ the command timeout ┘
//
// Both times are absolute: a host that sends a byte now and then gains nothing. What went wrong is decided by our own
// clock, by the phase reached, and by how the connection ended; what the peer says is never more than the error's text.
package remote

import (
	"strings"
	"time"

	"muster/internal/fleet"
)

// Command is what to run.
type Command struct {
	Line      string // for the user's login shell, whichever that is
	MaxOutput int    // bytes of each output stream; on more the connection is closed, status output
	Truncate  bool   // on more than MaxOutput, read on and count: the command ends as it does

	// Begin, if not nil, is called once the turn of the host has come, before it is connected to. If the context of Run is
	// done before that, it is never called.
	Begin func()

	// Stdin goes to the command's standard input, which then ends. The command need not read it.
	Stdin []byte

	// Output, if not nil, gets what would be kept of both streams as it comes, up to fleet.MaxOutputPart bytes at a
	// time. No two calls overlap, and data is valid during the call only. While it blocks, so does the command, but time
	// goes on: Run returns no sooner than the last call, and makes none once the command was cut off.
	Output func(stderr bool, data []byte)

	// Sudo is the password for sudo, if it asks for one; empty: no sudo. Line is then run as root, by sh. What sudo says
	// is on stderr, and if it does not let us, its exit status is the command's.
	Sudo fleet.Secret
}

func (cmd *Command) begin() {
	if cmd.Begin != nil {
		cmd.Begin()
	}
}

// Result is how a command ended. Fields about a phase that was not reached are zero.
type Result struct {
	Status fleet.Status
	Phase  fleet.Phase // where it was decided; empty: ok
	Hop    string      // the label of the jump host at which it failed; empty: the host itself
	Err    string      // UTF-8, at most 512 bytes, possibly from the host: escape before showing

	Address  string // ip:port; empty where the name has led to none
	Attempts int    // connections tried, not counting one repeated for another type of host key

	ExitCode int    // 0..2^32-1 as the host says; -1: a signal ended it
	Signal   string // without SIG, as the host says
	Stdout   []byte // up to Command.MaxOutput, also where the command failed; nil with Command.Output
	Stderr   []byte

	StdoutDropped int64 // bytes that came and are neither in Stdout nor went to Command.Output
	StderrDropped int64

	StartedAt time.Time     // the first look-up or packet
	Duration  time.Duration // from StartedAt to the end
	Connect   time.Duration // from StartedAt until a command could be sent
	RTT       time.Duration // what it took to connect: one round trip; 0: this machine, or not known
	Received  time.Time     // when the last byte of standard output came
}

// failure is how a visit ended, other than well.
type failure struct {
	status fleet.Status
	phase  fleet.Phase
	hop    string // the jump host that it is about; empty: the host itself
	text   string
	again  bool // it may be tried again: the host did nothing for us yet
}

// record writes the failure, or success where there is none, into r.
func (f *failure) record(r *Result) {
	if f == nil {
		r.Status = fleet.StatusOK
		return
	}
	r.Status, r.Phase, r.Hop, r.Err = f.status, f.phase, f.hop, f.text
}

// clip bounds text that a peer may have made up, at 256 bytes, and makes it valid UTF-8.
func clip(text string) string { return strings.ToValidUTF8(text[:min(len(text), 256)], "?") }

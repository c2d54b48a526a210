package fleet

import "time"

// Event is what a worker reports while it works: Start, Output, Outcome or Group.
type Event interface{ event() }

// Start says that a worker is about to touch a host, or to start the script of its group. It comes before anything that
// could bring the worker down.
type Start struct {
	Num     int `json:"num,omitzero"`     // the host's feed; 0 with Attempt set
	Attempt int `json:"attempt,omitzero"` // the group's script, for the first time: 1; what it wrote before is void
}

// MaxOutputPart bounds the bytes of one Output, so that its frame fits what a pipe writes whole.
const MaxOutputPart = 2800

// Output is one numbered part of what a host's command, or a group's script, wrote.
type Output struct {
	Num    int    `json:"num,omitzero"`   // the host's feed; 0 with Group set
	Group  bool   `json:"group,omitzero"` // the group's own output
	Part   int    `json:"part"`           // from 0, without gaps, over both streams
	Stderr bool   `json:"stderr,omitzero"`
	Data   []byte `json:"data"` // at most MaxOutputPart
}

// Outcome is how one host ended, once a beat. A worker fills in Num and all that it measured; the parent, which trusts
// no worker for names, fills in Host, Chunk and WorkerPID.
type Outcome struct {
	Num        int        `json:"-"`
	Host       string     `json:"host"` // as first spelled
	Address    string     `json:"address,omitempty"`
	Status     Status     `json:"status"`
	Phase      Phase      `json:"phase"`
	Hop        string     `json:"hop,omitempty"` // the jump host at which it failed
	Error      string     `json:"error"`         // raw text, possibly from the host: escape before showing
	Attempts   int        `json:"attempts"`
	Chunk      int        `json:"chunk"`
	WorkerPID  int        `json:"worker_pid,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty"` // absent where it was never started
	DurationMS *float64   `json:"duration_ms,omitempty"`
	ConnectMS  *float64   `json:"connect_ms,omitempty"` // until a command could be sent
	Reading
	Watched
	Said
	Extra map[string]float64 `json:"-"` // what a script says of the host beside a Reading; a record has it under its own names
}

// Watched is what is known of a host that was visited before; the parent fills it in.
type Watched struct {
	Beat           int      `json:"beat,omitempty"`             // from 1; 0: it is not watched
	CPUUsedPercent *float64 `json:"cpu_used_percent,omitempty"` // since its last visit
}

// Said is what a command that a user gave ended with and wrote. For other commands it is zero.
type Said struct {
	ExitCode *int   `json:"exit_code,omitempty"` // absent where it did not end by itself
	Signal   string `json:"signal,omitempty"`    // that ended it, without SIG

	// How many bytes it wrote beyond Stdout and Stderr, which are its first. A record has those under the same names.
	StdoutTruncatedBytes int64 `json:"stdout_truncated_bytes,omitempty"`
	StderrTruncatedBytes int64 `json:"stderr_truncated_bytes,omitempty"`
	Stdout               Text  `json:"-"`
	Stderr               Text  `json:"-"`
}

// Text is what somebody wrote, kept elsewhere until it is shown. Of one run, equal texts are the same Text.
type Text interface {
	Len() int64 // in bytes
	Bytes() ([]byte, error)
}

// Group is how a script, which runs once for all hosts of a chunk, ended. Every host of the chunk that has no outcome
// of its own takes its status from it.
type Group struct {
	Status     Status  `json:"status"`
	Phase      Phase   `json:"phase,omitzero"` // empty: ok
	Error      string  `json:"error,omitzero"`
	ExitCode   int     `json:"exit_code"` // -1 where a signal ended it, and where it was not started
	Signal     string  `json:"signal,omitzero"`
	DurationMS float64 `json:"duration_ms"` // of the last attempt
	Usage      Usage   `json:"usage"`       // of the last attempt

	StdoutTruncatedBytes int64 `json:"stdout_truncated_bytes,omitzero"` // beyond what was sent
	StderrTruncatedBytes int64 `json:"stderr_truncated_bytes,omitzero"`

	Unsaid  int    `json:"unsaid,omitzero"`  // hosts that have no record, of a script that was to print records and ended well
	Ignored int    `json:"ignored,omitzero"` // lines that look like records and are none of a host's
	Doubt   string `json:"doubt,omitzero"`   // why the first of them is not
}

func (Start) event()   {}
func (Output) event()  {}
func (Outcome) event() {}
func (Group) event()   {}

// Usage is what a process cost. Zero means not measured.
type Usage struct {
	UserSeconds         float64 `json:"user_seconds"`
	SystemSeconds       float64 `json:"system_seconds"`
	MaxRSSBytes         int64   `json:"max_rss_bytes,omitempty"` // VmHWM, by its own report or sampled; never rusage, which a parent's size inflates
	PSSBytes            int64   `json:"pss_bytes,omitempty"`     // its share of memory, shared pages divided among those who map them
	VoluntarySwitches   int64   `json:"voluntary_switches"`
	InvoluntarySwitches int64   `json:"involuntary_switches"`
}

// Package wire is the protocol between the parent and its workers: NDJSON, one frame a line, whole frames in each Write.
//
//	down (the worker's stdin)  = job input* (hosts | items | answer)* end answer*  EOF at any time before done = stop
//	up   (the worker's stdout) = hello (start | output | outcome | group | ask | beat)* done EOF
//
// A frame is an object with exactly one member, whose name is the kind of the frame. Decoding is strict: an unknown,
// duplicate or mis-cased name, invalid UTF-8, an overlong line or half a line at the end is never taken for a frame.
package wire

import "muster/internal/fleet"

// Version is the number of the protocol. Both sides must have the same.
const Version = 1

// ExitTerminated is the exit code of a worker process that SIGTERM ended, once what it had started was ended too.
const ExitTerminated = 128 + 15

const (
	// MaxUp bounds an up-frame in bytes, its newline included, and frames that are written together: what a pipe writes
	// whole (PIPE_BUF), so that a worker killed at any instant leaves no torn frame behind.
	MaxUp = 4095
	// MaxDown bounds a down-line in bytes, its newline included: what a frame with one item of MaxItem needs.
	MaxDown = 65 << 10
	// MaxItem bounds an item in bytes.
	MaxItem = 48 << 10
)

// Up is one frame from a worker: exactly one field is set.
type Up struct {
	Hello   *Hello        `json:"hello,omitzero"`
	Start   *fleet.Start  `json:"start,omitzero"`
	Output  *fleet.Output `json:"output,omitzero"`
	Outcome *Outcome      `json:"outcome,omitzero"`
	Group   *fleet.Group  `json:"group,omitzero"`
	Ask     *Ask          `json:"ask,omitzero"`
	Beat    *Beat         `json:"beat,omitzero"`
	Done    *Done         `json:"done,omitzero"`
}

// Down is one frame to a worker: exactly one field is set.
type Down struct {
	Job    *Job    `json:"job,omitzero"`
	Input  *Input  `json:"input,omitzero"`
	Hosts  *Hosts  `json:"hosts,omitzero"`
	Items  *Items  `json:"items,omitzero"`
	End    *End    `json:"end,omitzero"`
	Answer *Answer `json:"answer,omitzero"`
}

// Hello is a worker's first frame, sent before it reads anything.
type Hello struct {
	Protocol int    `json:"protocol"`
	Build    string `json:"build"` // BuildID of its binary
	PID      int    `json:"pid"`
	Node     string `json:"node,omitzero"` // the machine it runs on
}

// Outcome is a fleet.Outcome on its way up, with the number of the feed that it answers. What a command wrote goes ahead of
// it as output.
type Outcome struct {
	Num   int                `json:"num"`
	Extra map[string]float64 `json:"extra,omitzero"`
	CPU   *fleet.CPUTimes    `json:"cpu,omitzero"`
	fleet.Outcome
}

// Ask carries a host key that is not pinned to the parent, which alone judges.
type Ask struct {
	ID int `json:"id"`
	fleet.HostKey
}

// Beat says that the worker lives though it has nothing to say.
type Beat struct{}

// Done is a worker's last frame. A stream without it is a crash, whatever the exit code.
type Done struct {
	Outcomes int   `json:"outcomes"`               // how many outcome frames it sent
	MaxRSS   int64 `json:"max_rss_bytes,omitzero"` // its VmHWM; a process only
	PSS      int64 `json:"pss_bytes,omitzero"`     // its Pss; a process only
}

// Job is the settings of a run for one worker. It is the only frame that may carry secrets.
type Job struct {
	Run              string `json:"run"`
	Worker           int    `json:"worker"`
	Chunk            int    `json:"chunk"`
	Chunks           int    `json:"chunks,omitzero"` // of the run
	Task             string `json:"task"`
	Fanout           int    `json:"fanout"`             // hosts in flight at once, at least 1
	Window           int    `json:"window"`             // hosts unanswered at once, at least Fanout
	ConnectTimeoutMS int64  `json:"connect_timeout_ms"` // until a command can be sent
	TimeoutMS        int64  `json:"timeout_ms"`         // for the command or script; 0: none
	Retries          int    `json:"retries"`            // a host, when closed before authentication; a script, when it fails
	RetryBudget      int    `json:"retry_budget"`       // all hosts of this worker

	Identities []fleet.Identity `json:"identities,omitzero"`
	Logins     []fleet.Login    `json:"logins,omitzero"`     // none: no host is logged in to
	Password   fleet.Secret     `json:"password,omitzero"`   // to the hosts; empty: none is known
	Rate       float64          `json:"rate,omitzero"`       // new connections a second; 0: no limit
	Keep       int              `json:"keep,omitzero"`       // connections that are kept for the next visit, at most
	CPUTimes   bool             `json:"cpu_times,omitzero"`  // hosts are asked for them
	Handshakes int              `json:"handshakes,omitzero"` // at once at one address, as long as it is not known to bear more; 0: 1

	Program     string   `json:"program,omitzero"`      // that logs in to hosts, the system's ssh; empty: the worker does
	ProgramArgs []string `json:"program_args,omitzero"` // options for it
	Logs        string   `json:"logs,omitzero"`         // name of its log files in the directory for temporary ones; * stands for anything

	Command    string       `json:"command,omitzero"`     // for a shell on each host, or else
	Args       []string     `json:"args,omitzero"`        // a program on each host and its arguments; or those of a script for each group
	AsRoot     bool         `json:"as_root,omitzero"`     // by sudo
	Sudo       fleet.Secret `json:"sudo,omitzero"`        // the password to that; empty: it must need none
	MaxOutput  int          `json:"max_output,omitzero"`  // bytes of each stream that are sent
	InputBytes int          `json:"input_bytes,omitzero"` // of what each host's command reads, in input frames that follow
	Input      []byte       `json:"-"`                    // those, put together by who receives them
	HostsFile  string       `json:"hosts_file,omitzero"`  // name of a script's hosts file in the directory for temporary ones; * stands for the worker
	Attempt    int          `json:"attempt,omitzero"`     // at the script of the group, the first this worker makes: from 1
	Parse      bool         `json:"parse,omitzero"`       // the script's stdout is records
}

// Input is the next part of what each host's command reads.
type Input struct {
	Data []byte `json:"data"`
}

// Hosts is a batch of hosts to work on.
type Hosts struct {
	Hosts []fleet.Host `json:"hosts"`
}

// Items is a batch of what a task needs no more than the labels of: hosts, or any lines in their place. They have the
// numbers First, First+1, …
type Items struct {
	First int    `json:"first"`
	Lines []byte `json:"lines"` // each ended by a newline, and of at most MaxItem bytes without it
}

// End says that no more hosts will come.
type End struct{}

// Answer is the parent's verdict about the host key of the Ask with the same ID.
type Answer struct {
	ID int `json:"id"`
	fleet.Verdict
}

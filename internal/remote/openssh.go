package remote

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
)

// OpenSSHConfig is what all visits of a worker share that the system's own ssh makes. How it reaches a host, which keys it
// offers and which it believes are its own affair: it reads the user's files.
type OpenSSHConfig struct {
	Program        string        // OpenSSH's ssh, 8.5 or later; looked up in PATH where it has no slash
	Args           []string      // options for it, such as -F FILE, -J HOST, -o NAME=VALUE; what a visit relies on stands before them
	ConnectTimeout time.Duration // for all that comes before the command, retries too; 0: none but ssh's own
	CommandTimeout time.Duration // for the command; 0: none
	Retries        int           // for one host, where it hung up before authentication
	RetryBudget    int           // for all hosts together
	Rate           float64       // new connections a second; 0: no limit
	RateDelay      time.Duration // before the first of them

	// Logs is the pattern for names of files in the directory for temporary files, with a * for a random word. There is one a
	// host in flight, until ssh has opened it: it says there how far it is. Who is killed leaves it.
	Logs string
}

// OpenSSH runs commands by the system's ssh, a process for each. Its methods are safe for concurrent use.
type OpenSSH struct {
	cfg     OpenSSHConfig
	retries retries
	pace    *pace
}

// NewOpenSSH returns an error where there is no such program. It connects to nothing yet.
func NewOpenSSH(cfg OpenSSHConfig) (*OpenSSH, error) {
	path, err := child.LookPath(cfg.Program)
	if err != nil {
		return nil, fmt.Errorf("the system's ssh: %w", err)
	}
	cfg.Program = path
	if err := child.Adopt(); err != nil { // so that what ssh starts ends with it, or else with this process
		return nil, err
	}
	o := &OpenSSH{cfg: cfg, pace: newPace(cfg.Rate, cfg.RateDelay)}
	o.retries.each = cfg.Retries
	o.retries.budget.Store(int64(cfg.RetryBudget))
	return o, nil
}

// Close does nothing: visits share nothing that would have to end.
func (o *OpenSSH) Close() error { return nil }

// Run runs a command on h, and returns no later than its times allow and a moment, or as soon as ctx is done: then the
// status is canceled. Nothing of ssh is left behind, nor of what that started. An empty user or port is for ssh to choose.
//
// ssh keeps some things to itself: the name of a signal that ended the command, which is "unknown" then, the round trip, and
// which jump host failed, whose failure has phase connect. Where a master has the connection, a signal is no exit status at all.
// The command is an argument of ssh, which others on this machine may read.
func (o *OpenSSH) Run(ctx context.Context, h fleet.Host, cmd Command) Result {
	if !o.pace.wait(ctx) {
		return Result{Status: fleet.StatusCanceled, Err: "stopped"}
	}
	cmd.begin()
	v := &opensshVisit{openssh: o, host: h, cmd: cmd, deadline: after(o.cfg.ConnectTimeout), result: Result{StartedAt: time.Now()}}
	f := o.retries.visit(ctx, v.deadline, func() *failure {
		if v.result.Attempts > 0 {
			o.pace.spend()
		}
		return v.attempt(ctx)
	})
	f.record(&v.result)
	v.result.Duration = time.Since(v.result.StartedAt)
	return v.result
}

// logFile is a new name for a log.
func (o *OpenSSH) logFile() string {
	return filepath.Join(os.TempDir(), strings.Replace(o.cfg.Logs, "*", rand.Text(), 1))
}

// args are ssh's arguments. Of two values for an option the first counts: nothing may undo those that a visit relies on.
func (o *OpenSSH) args(h fleet.Host, line, log string) []string {
	args := []string{
		"-T", "-x", "-a", "-E", log,
		"-oLogLevel=ERROR",             // above that, what a host says before it lets us in would stand on stderr
		"-oLogVerbose=" + logVerbose(), // but this is said all the same
		"-oBatchMode=yes",
		"-oRequestTTY=no",
		"-oRemoteCommand=none",
		"-oControlMaster=no", // a master that is there is used
		"-oClearAllForwardings=yes",
		"-oPermitLocalCommand=no",
		"-oUpdateHostKeys=no", // many at once would undo each other's changes
	}
	args = append(args, o.cfg.Args...)
	if h.User != "" {
		args = append(args, "-l", h.User)
	}
	if h.Port != 0 {
		args = append(args, "-p", strconv.Itoa(h.Port))
	}
	return append(args, "--", h.SSHName(), line)
}

// opensshEnv is ssh's environment: it is to ask nobody.
func opensshEnv() []string { return append(os.Environ(), "SSH_ASKPASS_REQUIRE=never") }

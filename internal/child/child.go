// Package child starts a process in a group of its own, speaks with it over its standard streams, and ends all of the
// group: with its leader, when asked to, and when this process itself is killed.
//
// A child's life, and the order that keeps it safe:
//
//	Start ─► running ─► leader ends ─► strays and group are swept (SIGKILL) ─► leader is reaped ─► Wait returns
//	             │                                                                    │
//	             └─ Terminate, Kill: signal the group ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─►│ from here on they do nothing
//
// The group's number is the leader's pid, which nobody else can be given until the leader is reaped. So nothing is ever
// signalled after that, and a stranger's group cannot be hit.
//
// What leaves the group on purpose (setsid, setpgid) is swept only where this process has called Adopt.
package child

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Spec says what to start.
type Spec struct {
	Path    string   // looked up in PATH where it has no slash
	Argv0   string   // what the child sees as its own name; empty: Path
	Args    []string // its arguments, without the name
	Env     []string // KEY=value, the last of a key counts; nil: this process's environment
	Dir     string   // empty: this process's directory
	Session bool     // it leads a session of its own too: no terminal can signal it

	Stdin  *os.File  // what it reads, for the caller to close once Start has returned; nil: what is given to Write
	Stderr io.Writer // gets its stderr, on one goroutine, before Wait returns; nil: Exit has both ends of it

	// HasChildren says that the child starts processes of its own, in other groups. When this process dies, the kernel
	// (Linux only) then sends the child SIGTERM, on which it must end them and itself, instead of SIGKILL.
	HasChildren bool

	// Foreign says that the child is a program of others, such as srun or ssh, that runs something of ours elsewhere. It alone
	// is signalled and never its group, in which it may have helpers that end what it has started over there. When this
	// process dies, the kernel (Linux only) sends it SIGTERM.
	Foreign bool

	// AsParent says that the child is no part of this process but a guest: it gets, a moment after it began, the standing
	// with the kernel's OOM killer that this process's own parent has (Linux only), where this process gave its own up.
	AsParent bool

	// Batch says that the child is going to call Batch, uses one core and starts nothing: its timers may be late by 5 ms from its
	// start on (Linux only), where this process's are no later than is usual.
	Batch bool
}

// Child is a started process and its group. Its methods are safe for concurrent use, except that Read takes one caller
// at a time.
//
// Whoever started it must read until io.EOF, also after Kill: that frees the pipe.
type Child struct {
	cmd    *exec.Cmd
	alone  bool     // see Spec.Foreign
	stdin  *os.File // nil: it reads a file
	stdout *outlet
	stderr *outlet

	mu     sync.Mutex // held over every signal, and over sweep and reap
	reaped bool

	ended chan struct{} // closed once exit is set and all goroutines of the child are done
	exit  Exit
}

// Start starts a process in a group of its own. It returns when the new program runs, or with the reason why it cannot.
func Start(spec Spec) (*Child, error) {
	c := &Child{cmd: command(spec), alone: spec.Foreign, ended: make(chan struct{})}
	theirs, err := c.connect(spec.Stdin)
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	go c.live(spec, theirs, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func command(spec Spec) *exec.Cmd {
	cmd := exec.Command(spec.Path, spec.Args...)
	if spec.Argv0 != "" {
		cmd.Args[0] = spec.Argv0
	}
	cmd.Env, cmd.Dir = spec.Env, spec.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !spec.Session, Setsid: spec.Session}
	if spec.HasChildren || spec.Foreign {
		onParentDeath(cmd.SysProcAttr, syscall.SIGTERM)
	} else {
		onParentDeath(cmd.SysProcAttr, syscall.SIGKILL)
	}
	return cmd
}

// live takes the child from its start to its end. The kernel's parent-death signal is sent when the starting thread
// ends, not the process (golang/go#27505): so this one goroutine keeps its thread until the child is gone.
func (c *Child) live(spec Spec, theirs files, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	strays, oomsBefore := expectStrays(spec), oomKills()
	restore := scheduling(spec.Batch)
	err := c.cmd.Start()
	restore()
	theirs.close()
	if err != nil {
		strays.forget()
		c.CloseWrite()
		c.stdout.file.Close()
		c.stderr.file.Close()
		started <- err
		return
	}
	strays.of(c.Pid())
	if spec.AsParent {
		giveAsParent(c.Pid())
	}
	started <- nil

	var log headTail
	logged := make(chan struct{})
	go func() {
		var to io.Writer = &log
		if spec.Stderr != nil {
			to = spec.Stderr
		}
		io.Copy(to, c.stderr)
		close(logged)
	}()

	err = awaitExit(c.cmd.Process.Pid)
	left := strays.end()
	err = errors.Join(err, c.reap())
	strays.forget()
	c.CloseWrite()
	c.stdout.writerEnded()
	c.stderr.writerEnded()
	<-logged
	c.exit = newExit(c.cmd.ProcessState, &log, err)
	c.exit.OutOfMemory = c.exit.Signal == "SIGKILL" && oomKills() > oomsBefore
	c.exit.User += left.user
	c.exit.System += left.system
	close(c.ended)
}

// Pid is the child's process number, and its group's. It says nothing about whether the child still lives.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Ended is closed once Wait no longer blocks.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Wait blocks until the child has ended, its strays and its group were swept and its stderr read to the end; then it says
// how it ended. Its stdout may still hold bytes for Read. Any number of callers may wait, at any time.
func (c *Child) Wait() Exit {
	<-c.ended
	return c.exit
}

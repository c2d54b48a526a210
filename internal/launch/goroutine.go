package launch

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"muster/internal/child"
)

// goroutine is an in-process worker. It has ended when Serve has returned or was abandoned, whichever is first.
type goroutine struct {
	cancel context.CancelFunc

	in     *io.PipeReader // the worker's ends
	out    *io.PipeWriter
	stdin  *io.PipeWriter // ours
	stdout *io.PipeReader

	kill  sync.Once
	once  sync.Once
	ended chan struct{} // closed once exit is set
	exit  Exit
}

func (g *goroutine) Read(p []byte) (int, error)  { return g.stdout.Read(p) }
func (g *goroutine) Write(p []byte) (int, error) { return g.stdin.Write(p) }
func (g *goroutine) CloseWrite() error           { return g.stdin.Close() }

// Pid is this process's own: there is no other.
func (g *goroutine) Pid() int { return os.Getpid() }

// Terminate cancels Serve's context.
func (g *goroutine) Terminate() error {
	g.cancel()
	return nil
}

// Kill cancels Serve's context and closes its pipes, whatever was in them is lost. Where Serve ignores both, it is
// abandoned after a while: see ErrAbandoned.
func (g *goroutine) Kill() error {
	g.kill.Do(func() {
		g.cut()
		time.AfterFunc(abandonAfter, func() { g.end(Exit{Code: -1, Err: ErrAbandoned}) })
	})
	return nil
}

func (g *goroutine) Wait() Exit {
	<-g.ended
	return g.exit
}

// end settles how the worker ended, once: an abandoned one that returns after all changes nothing.
func (g *goroutine) end(exit Exit) {
	g.once.Do(func() {
		g.exit = exit
		g.cut()
		close(g.ended)
	})
}

// cut closes the worker's ends of its pipes, so that nobody waits for the other side: our Write fails, our Read gives
// io.EOF, and the worker's own fail.
func (g *goroutine) cut() {
	g.cancel()
	g.in.Close()
	g.out.Close()
}

func exitOf(err error) Exit {
	if err == nil {
		return Exit{}
	}
	text := err.Error()
	kept := min(len(text), child.StderrKeep)
	return Exit{Code: 1, StderrHead: text[:kept], StderrDropped: int64(len(text) - kept)}
}

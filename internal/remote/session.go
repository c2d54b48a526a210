package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// session is one command on a host. Four goroutines serve it: the visit's own sends the command and reads its stdout,
// one reads stderr (unread, it would fill the window that both share), one takes what the host says beside them, and
// one writes stdin, for which there may be no window until the others have read.
type session struct {
	*streams
	wire    *watched
	channel ssh.Channel
	end     ending
	others  sync.WaitGroup
}

// run opens a session, runs the command in it, and keeps the connection for the next visit or closes it.
func (c *client) run(ctx context.Context, cmd Command, v *visit) *failure {
	defer c.unwatch()
	channel, requests, err := c.session()
	if err != nil {
		c.wire.settle()
		f := c.wire.failure(ctx, c.close(err))
		v.stale = c.stopAsking != nil && ctx.Err() == nil
		v.blame(f, c.wire)
		return f
	}
	v.result.Connect = time.Since(v.result.StartedAt)
	c.wire.until(after(v.ssh.cfg.CommandTimeout), v.ssh.cfg.CommandTimeout)
	c.wire.reach(fleet.PhaseExec)

	s := &session{wire: c.wire, channel: channel}
	s.streams = newStreams(cmd, s.outputBegan, s.abandon)
	s.others.Go(func() { s.await(ctx, requests) })
	s.others.Go(func() {
		s.stderr.fill(s.errors(), channel.Stderr())
		s.stderrEnded()
	})
	stop := c.keepAlive(v.through)
	err = s.exec()
	stop()
	stood := c.wire.settle()
	if err == nil && stood && !s.stdout.over && !s.stderr.over && v.ssh.cfg.Keep > 0 && c.keep(v) {
		s.record(&v.result)
		v.result.ExitCode, v.result.Signal = s.end.code, s.end.signal
		return s.end.failure(s.stderr.data)
	}
	cause := c.close(err)
	s.others.Wait()
	s.record(&v.result)
	v.result.ExitCode, v.result.Signal = s.end.code, s.end.signal
	switch {
	case s.stdout.over, s.stderr.over:
		return tooMuch(cmd)
	case err == nil && stood && c.wire.closedByUs(cause):
		return s.end.failure(s.stderr.data)
	}
	f := c.wire.failure(ctx, cause)
	v.blame(f, c.wire)
	return f
}

// endTime is how long the news of a connection's end may be behind those of its last session's.
const endTime = time.Millisecond

// keep keeps the connection, unless it ended with its session.
func (c *client) keep(v *visit) bool {
	return !within(c.over, endTime) && v.ssh.kept.put(jumpKey(&v.host), c, v.through)
}

// session opens one. Where nothing that comes is taken any more, the library may wait for an answer for ever.
func (c *client) session() (ssh.Channel, <-chan *ssh.Request, error) {
	open := make(chan opened, 1)
	go func() {
		channel, requests, err := c.OpenChannel("session", nil)
		open <- opened{channel, requests, err}
	}()
	select {
	case o := <-open:
		return o.channel, o.requests, o.err
	case <-c.over:
		return nil, nil, errNoSession
	}
}

func tooMuch(cmd Command) *failure {
	text := fmt.Sprintf("more than %d bytes of output", cmd.MaxOutput)
	return &failure{status: fleet.StatusOutput, phase: fleet.PhaseOutput, text: text}
}

var (
	errNoSession   = errors.New("the connection ended before a session was granted")
	errExecRefused = errors.New("the host refused to run a command")
	errExecClosed  = errors.New("the session was closed before the command began")
)

// exec sends the command and reads what it writes, until the host has closed the session.
func (s *session) exec() error {
	accepted, err := s.channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{s.line}))
	switch {
	case err == io.EOF:
		return errExecClosed
	case err != nil:
		return err
	case !accepted:
		return errExecRefused
	}
	s.others.Go(func() { s.feed(s.channel) })
	s.stdout.fill(&s.stdout, s.channel)
	s.others.Wait()
	return nil
}

// await takes what the host says until it closes the session, and judges there and then whether that was in time: by
// then all output has come, but whoever takes it may need longer. Of a command that was cut off, nobody need take more.
func (s *session) await(ctx context.Context, requests <-chan *ssh.Request) {
	s.end.await(requests, s.outputBegan)
	if !s.wire.settle() && (ctx.Err() != nil || s.wire.timeUp()) {
		s.outlet.shut.Store(true)
	}
}

// outputBegan says that the host has begun to answer the command.
func (s *session) outputBegan() { s.wire.reach(fleet.PhaseOutput) }

// abandon ends the session at once.
func (s *session) abandon() { s.wire.Close() }

// after is the time that lies limit ahead; zero, where there is no limit.
func after(limit time.Duration) time.Time {
	if limit == 0 {
		return time.Time{}
	}
	return time.Now().Add(limit)
}

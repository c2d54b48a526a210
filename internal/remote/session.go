package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// session is one command on a host. Three goroutines serve it: the visit's own sends the command and reads its stdout,
// one reads stderr (unread, it would fill the window that both share), one takes what the host says beside them.
type session struct {
	wire           *watched
	channel        ssh.Channel
	stdout, stderr stream
	end            ending
	others         sync.WaitGroup
	began          sync.Once
}

// run opens a session, runs the command in it, and closes the connection.
func (c *client) run(ctx context.Context, cmd Command, v *visit) *failure {
	defer c.unwatch()
	channel, requests, err := c.OpenChannel("session", nil)
	if err != nil {
		c.wire.settle()
		return c.wire.failure(ctx, c.close(err))
	}
	v.result.Connect = time.Since(v.result.StartedAt)
	c.wire.until(after(v.ssh.cfg.CommandTimeout), v.ssh.cfg.CommandTimeout)
	c.wire.reach(fleet.PhaseExec)

	s := &session{wire: c.wire, channel: channel}
	s.others.Go(func() { s.end.await(requests, s.outputBegan) })
	s.others.Go(func() { s.stderr.fill(channel.Stderr(), cmd.MaxOutput, s.outputBegan, s.abandon) })
	err = s.exec(cmd)
	stood := c.wire.settle()
	cause := c.close(err)
	s.others.Wait()
	s.record(&v.result)
	switch {
	case s.stdout.over, s.stderr.over:
		return tooMuch(cmd)
	case err == nil && stood && c.wire.closedByUs(cause):
		return s.end.failure(s.stderr.data)
	}
	return c.wire.failure(ctx, cause)
}

func tooMuch(cmd Command) *failure {
	text := fmt.Sprintf("more than %d bytes of output", cmd.MaxOutput)
	return &failure{status: fleet.StatusOutput, phase: fleet.PhaseOutput, text: text}
}

var (
	errExecRefused = errors.New("the host refused to run a command")
	errExecClosed  = errors.New("the session was closed before the command began")
)

// exec sends the command and reads what it writes, until the host has closed the session.
func (s *session) exec(cmd Command) error {
	accepted, err := s.channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{cmd.Line}))
	switch {
	case err == io.EOF:
		return errExecClosed
	case err != nil:
		return err
	case !accepted:
		return errExecRefused
	}
	s.channel.CloseWrite()
	s.stdout.fill(s.channel, cmd.MaxOutput, s.outputBegan, s.abandon)
	s.others.Wait()
	return nil
}

// outputBegan says that the host has begun to answer the command.
func (s *session) outputBegan() { s.began.Do(func() { s.wire.reach(fleet.PhaseOutput) }) }

// abandon ends the session at once.
func (s *session) abandon() { s.wire.Close() }

func (s *session) record(r *Result) {
	r.Stdout, r.Stderr = s.stdout.data, s.stderr.data
	r.Received = s.stdout.last
	r.ExitCode, r.Signal = s.end.code, s.end.signal
}

// close hangs up and returns why the connection ended, if it was not that, else err.
func (c *client) close(err error) error {
	c.Close()
	if cause := c.Wait(); err == nil || !errors.Is(cause, net.ErrClosed) {
		return cause
	}
	return err
}

// after is the time that lies limit ahead; zero, where there is no limit.
func after(limit time.Duration) time.Time {
	if limit == 0 {
		return time.Time{}
	}
	return time.Now().Add(limit)
}

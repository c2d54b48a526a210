package remote

import (
	"context"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
)

// opensshVisit is one host's turn: one ssh, or a few where the host hangs up early.
type opensshVisit struct {
	openssh  *OpenSSH
	host     fleet.Host
	cmd      Command
	deadline time.Time // for all before the command; zero: none
	result   Result
}

// attempt runs ssh once.
func (v *opensshVisit) attempt(ctx context.Context) *failure {
	v.result.Attempts++
	cfg := &v.openssh.cfg
	alive, kill := context.WithCancel(ctx)
	defer kill()
	timed := &clock{end: kill}
	timed.until(v.deadline, cfg.ConnectTimeout)
	defer timed.stop()

	log, err := v.openssh.openLog(alive, func() {
		v.result.Connect = time.Since(v.result.StartedAt)
		timed.until(after(cfg.CommandTimeout), cfg.CommandTimeout)
	})
	if err != nil {
		return v.judge(ctx, timed, &opensshEnd{err: err})
	}
	defer log.close()
	s := newStreams(v.cmd, func() { log.reach(fleet.PhaseOutput) }, kill)
	before := &gate{log: log, to: s.errors()}
	c, err := log.start(alive, child.Spec{
		Path: cfg.Program, Args: v.openssh.args(v.host, s.line, log.path), Env: opensshEnv(),
		Stderr: before, Session: true, // so there is no terminal to ask on
	})
	if err != nil {
		return v.judge(ctx, timed, &opensshEnd{err: err})
	}
	defer context.AfterFunc(alive, func() {
		s.outlet.shut.Store(true)
		c.Kill()
	})()
	exit := s.serve(c)
	s.record(&v.result)
	said := log.catchUp()
	v.result.Address = said.address
	if s.stdout.over || s.stderr.over {
		return tooMuch(v.cmd)
	}
	return v.judge(ctx, timed, &opensshEnd{exit: exit, said: said, before: before.lines(), stderr: s.stderr.data})
}

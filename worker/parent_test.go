package worker

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// parent is the other side of a worker in a test.
type parent struct {
	t      *testing.T
	frames *wire.UpReader
	in     *io.PipeWriter
	out    *io.PipeReader
	served chan error
	cancel context.CancelFunc
}

// with serves a worker in a bubble of fake time and has play be its parent.
func with(t *testing.T, open Open, play func(p *parent)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		in, stdin := io.Pipe()
		stdout, out := io.Pipe()
		p := &parent{t: t, frames: wire.NewUpReader(stdout, false), in: stdin, out: stdout, served: make(chan error, 1), cancel: cancel}
		go func() {
			p.served <- Serve(ctx, in, out, open)
			in.Close()
			out.Close()
		}()
		play(p)
		cancel()
		stdin.Close()
		stdout.Close()
	})
}

// opened is the Open of one task, whatever the job.
func opened(task Task) Open {
	return func(wire.Job, Ask) (Task, error) { return task, nil }
}

// visiting is the Open of a task that visits each host on its own.
func visiting(do func(ctx context.Context, h fleet.Host) fleet.Outcome) Open {
	return func(job wire.Job, _ Ask) (Task, error) {
		return PerHost(job.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ Emit) fleet.Outcome {
			begin()
			return do(ctx, h)
		}), nil
	}
}

func ok(context.Context, fleet.Host) fleet.Outcome { return fleet.Outcome{Status: fleet.StatusOK} }

// hang holds a host until it is cut off.
func hang(ctx context.Context, _ fleet.Host) fleet.Outcome {
	<-ctx.Done()
	return fleet.Outcome{Status: fleet.StatusCanceled, Error: context.Cause(ctx).Error()}
}

// next is the next frame but beats.
func (p *parent) next() wire.Up {
	p.t.Helper()
	for {
		up, err := p.frames.Next()
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		if up.Beat == nil {
			return up
		}
	}
}

func (p *parent) hello() {
	p.t.Helper()
	if up := p.next(); up.Hello == nil {
		p.t.Fatalf("%+v before hello", up)
	}
}

// send may be called on any goroutine.
func (p *parent) send(frames ...wire.Down) {
	p.t.Helper()
	for _, frame := range frames {
		line, err := wire.EncodeDown(frame)
		if err == nil {
			_, err = p.in.Write(line)
		}
		if err != nil {
			p.t.Errorf("send: %v", err)
			return
		}
	}
}

// rest reads to the end of the stream.
func (p *parent) rest() []wire.Up {
	p.t.Helper()
	var all []wire.Up
	for {
		up, err := p.frames.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		if up.Beat == nil {
			all = append(all, up)
		}
	}
}

// outcomes are the statuses of the hosts by number; each host has one, and done, which is last, counts them.
func (p *parent) outcomes() map[int]fleet.Status {
	p.t.Helper()
	got := map[int]fleet.Status{}
	all := p.rest()
	for i, up := range all {
		switch {
		case up.Outcome != nil:
			if _, twice := got[up.Outcome.Num]; twice {
				p.t.Errorf("host %d: a second outcome", up.Outcome.Num)
			}
			got[up.Outcome.Num] = up.Outcome.Status
		case up.Done != nil && (i != len(all)-1 || up.Done.Outcomes != len(got)):
			p.t.Errorf("done %+v at frame %d of %d, after %d outcomes", up.Done, i, len(all), len(got))
		}
	}
	if len(all) == 0 || all[len(all)-1].Done == nil {
		p.t.Errorf("no done")
	}
	if err := <-p.served; err != nil {
		p.t.Errorf("Serve: %v", err)
	}
	return got
}

// fails expects Serve to end with an error of this text, and no done.
func (p *parent) fails(want string) {
	p.t.Helper()
	for _, up := range p.rest() {
		if up.Done != nil {
			p.t.Errorf("done, and yet it is to fail: %s", want)
		}
	}
	if err := <-p.served; err == nil || err.Error() != want {
		p.t.Errorf("Serve: %v\nwant   %s", err, want)
	}
}

func job(fanout, window int) wire.Down {
	return wire.Down{Job: &wire.Job{Run: "r", Task: "test", Fanout: fanout, Window: window}}
}

func hosts(nums ...int) wire.Down {
	batch := wire.Hosts{Hosts: []fleet.Host{}}
	for _, num := range nums {
		batch.Hosts = append(batch.Hosts, fleet.Host{Num: num, Label: "h", Name: "h"})
	}
	return wire.Down{Hosts: &batch}
}

func items(first int, lines string) wire.Down {
	return wire.Down{Items: &wire.Items{First: first, Lines: []byte(lines)}}
}

// reading is a job with so many bytes of input.
func reading(n int) wire.Down {
	frame := job(1, 2)
	frame.Job.InputBytes = n
	return frame
}

func input(data string) wire.Down { return wire.Down{Input: &wire.Input{Data: []byte(data)}} }

func end() wire.Down { return wire.Down{End: &wire.End{}} }

var errBroken = errors.New("broken")

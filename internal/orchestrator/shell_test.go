package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/tier"
	"muster/internal/wire"
)

// TestShell has the real loop run workers of which a seed says what goes wrong with each and when, in fake time. However
// that was, every host has one outcome, that no more was lost than what went wrong explains, and all ends in time. The
// name of a failing subtest has the seed; the order in which goroutines run is not its to say.
func TestShell(t *testing.T) {
	seeds := tier.Times(500, 10_000, 100_000)
	if tier.Race {
		seeds = 500
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { anyShell(t, uint64(seed)) })
		})
	}
}

func anyShell(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	one := func(in int) bool { return random.IntN(in) == 0 }

	hosts, chunks, fanout := 1+random.IntN(24), 1+random.IntN(3), 1+random.IntN(3)
	cfg := job(hosts, chunks, fanout, func(ctx context.Context, h fleet.Host) fleet.Outcome {
		random := rand.New(rand.NewPCG(seed, uint64(len(h.Name))+uint64(h.Name[len(h.Name)-1])))
		took := time.Duration(random.IntN(200)) * time.Millisecond
		if random.IntN(20) == 0 {
			took = 38 * time.Second // just in its time
		}
		select {
		case <-ctx.Done():
			return fleet.Outcome{Status: fleet.StatusCanceled}
		case <-time.After(took):
			return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1}
		}
	})
	cfg.MaxProcs = random.IntN(chunks + 1)
	serve := cfg.Launcher.(launch.InProcess).Serve
	saboteur := &saboteur{serve: serve, seed: seed, calm: 1 + random.IntN(4), early: one(10)}
	cfg.Launcher = saboteur

	slow := one(10)
	if slow {
		cfg.Sink.Begun = func(host int) { time.Sleep(time.Duration(host%3) * 3 * time.Second) }
	}
	stops := make(chan orchestrator.Stop, 2)
	cfg.Stops = stops
	overdue := time.AfterFunc(time.Hour, func() { panic(fmt.Sprint("seed ", seed, ": the run does not end")) })
	began, stop := time.Now(), 24*time.Hour
	if one(3) {
		stop = time.Duration(random.IntN(2000)) * time.Millisecond
		how := orchestrator.Stop{Now: one(2)}
		time.AfterFunc(stop, func() { stops <- how })
	}

	got, result, err := outcomes(t, cfg)
	took := time.Since(began)
	overdue.Stop()

	harm := int(saboteur.harm.Load())
	if early := saboteur.earlyHarm.Load(); err != nil && early == 0 {
		t.Errorf("%v, though every worker came as far as hello", err)
	}
	for i, o := range got {
		switch {
		case o.Status == fleet.StatusOK:
		case o.Status == fleet.StatusLost && harm >= 2:
		case o.Status.Unfinished() && (err != nil || took >= stop || harm >= 5):
		default:
			t.Errorf("host %d is %s (%s) after %d faults: %v", i, o.Status, o.Error, harm, err)
		}
	}
	if launched := int(saboteur.launched.Load()); len(result.Workers) != launched || launched > chunks+harm*(1+fanout) {
		t.Errorf("%d workers launched, %d ended, %d faults", launched, len(result.Workers), harm)
	}
	// The steps of the ladder, and what a worker is given that no step ends.
	if most := stop + 800*time.Millisecond + time.Second; !slow && took > most {
		t.Errorf("took %v, stopped after %v", took, stop)
	}
	time.Sleep(2 * time.Hour) // until whoever ignores his end has ended
}

// saboteur launches workers that work until they do something wrong, or have done it to them.
type saboteur struct {
	serve serve
	seed  uint64
	calm  int  // so many healthy workers to a faulty one
	early bool // some fail before they have said hello

	launched        atomic.Int64
	harm, earlyHarm atomic.Int64 // faults that came to pass
}

// faults are what can go wrong with a worker when it is about to say something.
var faults = []string{"crash", "killed", "torn", "garbage", "foreign", "twice", "mute", "silent", "deaf", "stuck", "stall"}

func (s *saboteur) Launch(ctx context.Context, id, place int) (launch.Worker, error) {
	random := rand.New(rand.NewPCG(s.seed, uint64(id)))
	m := &mishap{saboteur: s, died: make(chan error, 1)}
	if random.IntN(1+s.calm) == 0 {
		m.kind, m.at = faults[random.IntN(len(faults))], 2+random.IntN(12)
	}
	if s.early && random.IntN(4) == 0 {
		m.at = 1
		if random.IntN(3) == 0 {
			s.earlyHarm.Add(1)
			return nil, errors.New("no more processes")
		}
	}
	s.launched.Add(1)
	w, err := launch.InProcess{Serve: m.serve}.Launch(ctx, id, place)
	if err == nil && m.kind == "stuck" {
		wakes := make(chan struct{})
		time.AfterFunc(time.Hour, func() { close(wakes) })
		w = stuck{w, wakes}
	}
	return mortal{w, &m.killed}, err
}

// mortal is a worker that says that it was killed, if it was.
type mortal struct {
	launch.Worker
	killed *atomic.Bool
}

func (m mortal) Wait() launch.Exit {
	exit := m.Worker.Wait()
	if m.killed.Load() {
		exit = launch.Exit{Code: -1, Signal: "SIGKILL"}
	}
	return exit
}

// mishap is what a worker says its frames to, and what befalls it.
type mishap struct {
	saboteur *saboteur
	kind     string // empty: nothing does
	at       int    // the frame that it comes with, the first is 1

	ctx    context.Context
	out    io.Writer
	said   int
	killed atomic.Bool
	died   chan error
}

// serve serves until the worker dies, which it does as a process: at once.
func (m *mishap) serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.ctx, m.out = ctx, out
	served := make(chan error, 1)
	go func() { served <- m.saboteur.serve(ctx, in, m) }()
	select {
	case err := <-served:
		return err
	case err := <-m.died:
		return err
	}
}

var errDied = errors.New("died")

// Write says a frame, or does what is wrong in its place.
func (m *mishap) Write(line []byte) (int, error) {
	if m.said++; m.said != m.at || m.kind == "" {
		return m.out.Write(line)
	}
	if m.kind != "stall" {
		m.saboteur.harm.Add(1)
		if m.at == 1 && m.kind != "killed" {
			m.saboteur.earlyHarm.Add(1)
		}
	}
	switch m.kind {
	case "crash":
		return m.dies()
	case "killed":
		m.killed.Store(true)
		return m.dies()
	case "torn":
		m.out.Write(line[:len(line)/2])
		return m.dies()
	case "garbage":
		return m.out.Write([]byte("\x00\x01\x1b[2J\n"))
	case "foreign":
		says(m.out, wire.Up{Outcome: &wire.Outcome{Num: 9999, Outcome: fleet.Outcome{Status: fleet.StatusOK}}})
	case "twice":
		m.out.Write(line)
	case "mute":
		m.out.(io.Closer).Close()
		<-m.ctx.Done()
	case "silent":
		<-m.ctx.Done()
	case "deaf", "stuck":
		time.Sleep(time.Hour)
	case "stall":
		time.Sleep(3 * time.Second) // no fault yet
	}
	return m.out.Write(line)
}

func (m *mishap) dies() (int, error) {
	m.died <- errDied
	return 0, errDied
}

package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/wire"
	"muster/worker"
)

type serve = func(ctx context.Context, in io.Reader, out io.Writer) error

// first has bad serve as the first worker that is launched, and the config's own as all others.
func first(cfg *orchestrator.Config, bad serve) {
	good := cfg.Launcher.(launch.InProcess).Serve
	var launched atomic.Int64
	cfg.Launcher = launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
		if launched.Add(1) == 1 {
			return bad(ctx, in, out)
		}
		return good(ctx, in, out)
	}}
}

func visitOK(context.Context, fleet.Host) fleet.Outcome {
	time.Sleep(10 * time.Millisecond)
	return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1}
}

// says writes frames as a worker would.
func says(out io.Writer, frames ...wire.Up) {
	for _, frame := range frames {
		line, err := wire.EncodeUp(frame)
		if err != nil {
			panic(err)
		}
		out.Write(line)
	}
}

// begins is a worker that says hello, takes job and hosts, and starts the first two. It returns the number of the first.
func begins(in io.Reader, out io.Writer) int {
	says(out, wire.Up{Hello: &wire.Hello{Protocol: wire.Version, Build: wire.BuildID(), PID: 7}})
	down := wire.NewDownReader(in)
	down.Next()
	fed, _ := down.Next()
	for _, h := range fed.Hosts.Hosts[:2] {
		says(out, wire.Up{Start: &fleet.Start{Num: h.Num}})
	}
	return fed.Hosts.Hosts[0].Num
}

// One worker of two goes wrong. Every host is ok all the same, once, and the result says what became of the worker.
func TestFaultyWorkers(t *testing.T) {
	tests := map[string]struct {
		bad     serve
		took    time.Duration // at least, and hardly more
		warning string
		exit    string
	}{
		"F50 silent": {
			func(ctx context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				<-ctx.Done()
				return nil
			},
			5 * time.Second, "was silent for 5s", "exit status 0",
		},
		"F56 garbage": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				io.WriteString(out, "\x00\x01\x1b[2J{}\n")
				for {
					if _, err := out.Write(make([]byte, 70_000)); err != nil {
						return err
					}
				}
			},
			0, `broke the protocol: invalid frame "\x00\x01\x1b[2J{}\n"`, "exit status 1",
		},
		"F55 endless line": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				for {
					if _, err := out.Write(make([]byte, 70_000)); err != nil {
						return err
					}
				}
			},
			0, "line over 4095 bytes", "exit status 1",
		},
		"F54 torn line": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				io.WriteString(out, `{"outcome":{"num":1,"host":"","status":"ok"`)
				return nil
			},
			0, "ended before it was done; unanswered hosts: 4", "exit status 0",
		},
		"F58 no done": {
			func(_ context.Context, in io.Reader, out io.Writer) error { begins(in, out); return nil },
			0, "ended before it was done; unanswered hosts: 4", "exit status 0",
		},
		"error": {
			func(_ context.Context, in io.Reader, out io.Writer) error { begins(in, out); return errors.New("boom") },
			0, "exit status 1: boom; unanswered hosts: 4", "exit status 1: boom",
		},
		"F57 second outcome": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				num := begins(in, out)
				says(out, wire.Up{Outcome: &wire.Outcome{Num: num, Outcome: fleet.Outcome{Status: fleet.StatusOK}}})
				in.Read(make([]byte, wire.MaxDown)) // another host, in place of that one
				says(out, wire.Up{Outcome: &wire.Outcome{Num: num, Outcome: fleet.Outcome{Status: fleet.StatusRefused}}})
				return nil
			},
			0, "which it does not have; unanswered hosts: 4", "exit status 0",
		},
		"F57 foreign host": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				says(out, wire.Up{Outcome: &wire.Outcome{Num: 999, Outcome: fleet.Outcome{Status: fleet.StatusOK}}})
				return nil
			},
			0, "outcome of host 999, which it does not have", "exit status 0",
		},
		"ignores everything": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				time.Sleep(time.Minute)
				return nil
			},
			5*time.Second + 300*time.Millisecond, "was silent for 5s", "goroutine abandoned",
		},
		"only beats": {
			func(ctx context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				for {
					select {
					case <-ctx.Done():
						return nil
					case <-time.After(time.Second):
						says(out, wire.Up{Beat: &wire.Beat{}})
					}
				}
			},
			45 * time.Second, "did not end host h", "exit status 0",
		},
		"mute": {
			func(ctx context.Context, in io.Reader, out io.Writer) error {
				begins(in, out)
				out.(io.Closer).Close()
				<-ctx.Done()
				return ctx.Err()
			},
			300 * time.Millisecond, "closed its output before it was done", "exit status 1: context canceled",
		},
		"asks without reading": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				num := begins(in, out)
				for id := 1; ; id++ {
					line, _ := wire.EncodeUp(wire.Up{Ask: &wire.Ask{ID: id, HostKey: fleet.HostKey{Num: num}}})
					if _, err := out.Write(line); err != nil {
						return err
					}
				}
			},
			0, "asks about more host keys than it has hosts", "exit status 1",
		},
		"answers without reading": {
			func(_ context.Context, in io.Reader, out io.Writer) error {
				first := begins(in, out)
				for num := first; ; num++ { // it guesses the numbers that it was not told yet
					outcome := wire.Up{Outcome: &wire.Outcome{Num: num, Outcome: fleet.Outcome{Status: fleet.StatusOK}}}
					if num > first+1 {
						says(out, wire.Up{Start: &fleet.Start{Num: num}})
					}
					line, _ := wire.EncodeUp(outcome)
					if _, err := out.Write(line); err != nil {
						return err
					}
				}
			},
			0, "broke the protocol: ", "exit status 1",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := job(40, 2, 2, visitOK)
				first(&cfg, tt.bad)
				cfg.Judge = func(context.Context, fleet.Host, fleet.HostKey) fleet.Verdict {
					return fleet.Verdict{Decision: fleet.Accept}
				}
				began := time.Now()
				got, result, err := outcomes(t, cfg)
				if err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took < tt.took || took > tt.took+3*time.Second {
					t.Errorf("took %v", took)
				}
				for i, o := range got {
					if o.Status != fleet.StatusOK {
						t.Errorf("host %d: %+v", i, o)
					}
				}
				warnings := slices.DeleteFunc(slices.Clone(result.Warnings), func(w string) bool { return strings.Contains(w, "goroutine abandoned") })
				if len(warnings) != 1 || !strings.Contains(warnings[0], tt.warning) || (name == "ignores everything") != (len(warnings) < len(result.Warnings)) {
					t.Errorf("warnings %q\nwant %q", result.Warnings, tt.warning)
				}
				var ends []string
				for _, w := range result.Workers {
					if !w.Done {
						ends = append(ends, w.Exit.String())
					}
				}
				if len(ends) != 1 || !strings.HasPrefix(ends[0], tt.exit) {
					t.Errorf("worker ended %q, want %q", ends, tt.exit)
				}
				time.Sleep(2 * time.Minute) // for the goroutine that was abandoned
			})
		})
	}
}

// Workers that are slow within their hosts' time, and a reader of ours that is slow, are nobody's fault.
func TestSlownessIsNoFault(t *testing.T) {
	t.Run("hosts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, result, err := outcomes(t, job(4, 2, 1, func(context.Context, fleet.Host) fleet.Outcome {
				time.Sleep(39 * time.Second)
				return fleet.Outcome{Status: fleet.StatusOK}
			}))
			if err != nil || len(result.Warnings) > 0 {
				t.Error(err, result.Warnings)
			}
		})
	})
	t.Run("sink", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cfg := job(60, 3, 2, visitOK)
			cfg.Sink.Begun = func(host int) { time.Sleep(20 * time.Second) }
			_, result, err := outcomes(t, cfg)
			if err != nil || len(result.Warnings) > 0 || len(result.Workers) != 3 {
				t.Error(err, result.Warnings)
			}
		})
	})
}

// What Judge says of a host's key reaches the task that asked, host by host.
func TestJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(20, 2, 3, nil)
		cfg.Launcher = launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
			return worker.Serve(ctx, in, out, func(j wire.Job, ask worker.Ask) (worker.Task, error) {
				return worker.PerHost(j.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ worker.Emit) fleet.Outcome {
					begin()
					v, err := ask(ctx, fleet.HostKey{Num: h.Num, Names: []string{h.Name}, Key: fleet.Key(h.Name)})
					return fleet.Outcome{Status: fleet.StatusHostKey, Error: fmt.Sprint(v.Decision, " ", v.Reason, " ", err)}
				}), nil
			})
		}}
		cfg.Judge = func(_ context.Context, _ fleet.Host, k fleet.HostKey) fleet.Verdict {
			switch k.Names[0] {
			case "h1":
				return fleet.Verdict{Decision: fleet.Redial, Keys: make([]fleet.Key, wire.MaxDown)}
			case "h2":
				return fleet.Verdict{Decision: fleet.Revoked, Reason: "\xff"}
			}
			time.Sleep(time.Second) // nobody waits for another's verdict
			return fleet.Verdict{Decision: fleet.Accept, Reason: string(k.Key)}
		}
		got, result, err := outcomes(t, cfg)
		if err != nil || len(result.Warnings) > 0 {
			t.Error(err, result.Warnings)
		}
		for i, o := range got {
			want := fmt.Sprintf("accept h%d <nil>", i)
			if i == 1 || i == 2 {
				want = "unknown the verdict fits no frame <nil>"
			}
			if o.Error != want {
				t.Errorf("host %d: %q, want %q", i, o.Error, want)
			}
		}
	})
}

// restarts notes when workers are launched; the first of them is killed from outside a second later, and half a visit: while several
// hosts are in flight, for one that is alone then would be suspected, and have a worker of its own.
type restarts struct {
	launch.InProcess
	killed atomic.Bool
	at     []time.Time
}

func (r *restarts) Launch(ctx context.Context, id, place int) (launch.Worker, error) {
	r.at = append(r.at, time.Now())
	w, err := r.InProcess.Launch(ctx, id, place)
	if len(r.at) > 1 {
		return w, err
	}
	time.AfterFunc(time.Second+5*time.Millisecond, func() {
		r.killed.Store(true)
		w.Kill()
	})
	return mortal{w, &r.killed}, err
}

// TestF45Restart: a worker that is killed is replaced within 250 ms, by one that does what it had not done.
func TestF45Restart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(1000, 1, 4, visitOK)
		launcher := &restarts{InProcess: cfg.Launcher.(launch.InProcess)}
		cfg.Launcher = launcher
		got, _, err := outcomes(t, cfg)
		if err != nil || len(launcher.at) != 2 || launcher.at[1].Sub(launcher.at[0]) > 1250*time.Millisecond {
			t.Errorf("%v, launched at %v", err, launcher.at)
		}
		for i, o := range got {
			if o.Status != fleet.StatusOK {
				t.Errorf("host %d: %+v", i, o)
			}
		}
	})
}

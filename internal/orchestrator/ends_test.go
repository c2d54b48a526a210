package orchestrator_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/wire"
)

// TestF52Stops: whatever workers do about it, a stop ends the run within the steps of the ladder, and what was not reached
// is skipped. (A goroutine is given 300 ms more, in which a process would be dead.)
func TestF52Stops(t *testing.T) {
	stubborn := func(context.Context, fleet.Host) fleet.Outcome {
		time.Sleep(time.Minute)
		return fleet.Outcome{Status: fleet.StatusOK}
	}
	obedient := func(ctx context.Context, _ fleet.Host) fleet.Outcome {
		<-ctx.Done()
		return fleet.Outcome{Status: fleet.StatusCanceled}
	}
	tests := map[string]struct {
		visit func(context.Context, fleet.Host) fleet.Outcome
		stops map[time.Duration]orchestrator.Stop // when
		most  time.Duration
	}{
		"obedient":       {obedient, map[time.Duration]orchestrator.Stop{time.Second: {}}, time.Second + 100*time.Millisecond},
		"stubborn":       {stubborn, map[time.Duration]orchestrator.Stop{time.Second: {}}, time.Second + 1100*time.Millisecond},
		"now":            {stubborn, map[time.Duration]orchestrator.Stop{time.Second: {Now: true}}, time.Second + 400*time.Millisecond},
		"then now":       {stubborn, map[time.Duration]orchestrator.Stop{time.Second: {}, 1100 * time.Millisecond: {Now: true}}, time.Second + 500*time.Millisecond},
		"before a hello": {stubborn, map[time.Duration]orchestrator.Stop{0: {}}, 1100 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stops := make(chan orchestrator.Stop, 4)
				cfg := job(40, 2, 2, tt.visit)
				cfg.Stops = stops
				for when, stop := range tt.stops {
					time.AfterFunc(when, func() { stops <- stop })
				}
				began := time.Now()
				got, _, err := outcomes(t, cfg)
				if took := time.Since(began); err != nil || took > tt.most {
					t.Errorf("%v after %v", err, took)
				}
				count := map[fleet.Status]int{}
				for _, o := range got {
					count[o.Status]++
				}
				if count[fleet.StatusCanceled] > 4 || count[fleet.StatusCanceled]+count[fleet.StatusSkipped] != 40 {
					t.Error(count)
				}
				time.Sleep(time.Hour) // for the goroutines that were abandoned
			})
		})
	}
}

func TestFailFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(40, 2, 2, func(ctx context.Context, h fleet.Host) fleet.Outcome {
			if h.Name == "h7" {
				return fleet.Outcome{Status: fleet.StatusRefused}
			}
			return visitOK(ctx, h)
		})
		cfg.FailFast = func(_ int, o fleet.Outcome) bool { return o.Status.Failed() }
		got, result, err := outcomes(t, cfg)
		if err != nil || !result.FailedFast || got[7].Status != fleet.StatusRefused || got[39].Status != fleet.StatusSkipped {
			t.Error(err, result.FailedFast, got[7], got[39])
		}
		failed := 0
		cfg.FailFast = func(hosts int, o fleet.Outcome) bool {
			if o.Status.Failed() {
				failed += hosts
			}
			return failed > 1 || hosts == 0 // one is tolerated
		}
		got, result, err = outcomes(t, cfg)
		if err != nil || result.FailedFast || got[7].Status != fleet.StatusRefused || got[39].Status != fleet.StatusOK {
			t.Error(err, result.FailedFast, got[7], got[39])
		}
	})
}

type noLauncher struct{ launched int }

func (l *noLauncher) Launch(context.Context, int, int) (launch.Worker, error) {
	l.launched++
	return nil, errors.New("worker start: no more processes")
}

// TestF49NothingStarts: what cannot be started at all, or ends before it is at work, is one error of the run; every host is
// skipped.
func TestF49NothingStarts(t *testing.T) {
	tests := map[string]struct {
		change func(cfg *orchestrator.Config)
		want   string
	}{
		"launcher":           {func(cfg *orchestrator.Config) { cfg.Launcher = &noLauncher{} }, "worker start: no more processes"},
		"huge job":           {func(cfg *orchestrator.Config) { cfg.Job.Password = make(fleet.Secret, wire.MaxDown) }, "job: frame encode"},
		"not a hello":        {func(cfg *orchestrator.Config) { setServe(cfg, "usage: something else\n") }, `invalid frame "usage: something else\n"`},
		"F57 future version": {func(cfg *orchestrator.Config) { setServe(cfg, `{"hello":{"protocol":2,"build":"","pid":1}}`+"\n") }, "speaks protocol 2, not 1: install the same build"},
		"no hello":           {func(cfg *orchestrator.Config) { setServe(cfg, "") }, "said no hello within 5s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := job(10, 3, 2, visitOK)
				tt.change(&cfg)
				got, _, err := outcomes(t, cfg)
				if err == nil || strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), tt.want) != 1 {
					t.Errorf("%v\nwant once: %s", err, tt.want)
				}
				for i, o := range got {
					if o.Status != fleet.StatusSkipped {
						t.Errorf("host %d: %+v", i, o)
					}
				}
			})
		})
	}
}

// setServe has every worker say one thing and then wait for its end.
func setServe(cfg *orchestrator.Config, text string) {
	cfg.Launcher = launch.InProcess{Serve: func(ctx context.Context, _ io.Reader, out io.Writer) error {
		io.WriteString(out, text)
		<-ctx.Done()
		return nil
	}}
}

// A run without hosts is over at once, and nil functions of the sink are not called.
func TestNothingToDo(t *testing.T) {
	for _, n := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			if _, err := orchestrator.Run(t.Context(), job(n, 2, 1, visitOK)); err != nil {
				t.Error(err)
			}
		})
	}
}

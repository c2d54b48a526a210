package orchestrator_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
)

// stuck is a worker in uninterruptible sleep, whom signals do not reach until it wakes.
type stuck struct {
	launch.Worker
	wakes <-chan struct{}
}

func (stuck) Terminate() error { return nil }
func (stuck) Kill() error      { return nil }

func (s stuck) Read(p []byte) (int, error) {
	n, err := s.Worker.Read(p)
	if err != nil {
		<-s.wakes
	}
	return n, err
}

// sticker has the first worker that it launches begin hosts, and get stuck for an hour.
type sticker struct {
	launch.Launcher
	launched int
}

func (l *sticker) Launch(ctx context.Context, id, place int) (launch.Worker, error) {
	if l.launched++; l.launched > 1 {
		return l.Launcher.Launch(ctx, id, place)
	}
	w, err := launch.InProcess{Serve: func(_ context.Context, in io.Reader, out io.Writer) error {
		begins(in, out)
		time.Sleep(time.Hour)
		return nil
	}}.Launch(ctx, id, place)
	wakes := make(chan struct{})
	time.AfterFunc(time.Hour, func() { close(wakes) })
	return stuck{w, wakes}, err
}

// TestF52StuckWorker: a worker that even SIGKILL does not end, because it sleeps in the kernel, is named and left behind a
// second later; its hosts are visited by others, and a stop does not wait for it.
func TestF52StuckWorker(t *testing.T) {
	tests := map[string]struct {
		stop      time.Duration // 0: none
		now       bool
		least     time.Duration // the run takes
		most      time.Duration
		warnings  int
		unreached bool
	}{
		"silent": {least: 6 * time.Second, most: 7 * time.Second, warnings: 2},
		"stop":   {stop: time.Second, least: 2*time.Second + 600*time.Millisecond, most: 2*time.Second + 900*time.Millisecond, warnings: 1, unreached: true},
		"now":    {stop: time.Second, now: true, least: 2 * time.Second, most: 2*time.Second + 200*time.Millisecond, warnings: 1, unreached: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := job(20, 2, 2, visitOK)
				cfg.Launcher = &sticker{Launcher: cfg.Launcher}
				stops := make(chan orchestrator.Stop, 1)
				cfg.Stops = stops
				if tt.stop > 0 {
					time.AfterFunc(tt.stop, func() { stops <- orchestrator.Stop{Now: tt.now} })
				}
				began := time.Now()
				got, result, err := outcomes(t, cfg)
				if took := time.Since(began); err != nil || took < tt.least || took > tt.most {
					t.Errorf("%v after %v", err, took)
				}
				left := "worker 1 (pid 7): was killed, did not end within 1s, and is left behind"
				if len(result.Warnings) != tt.warnings || !strings.Contains(strings.Join(result.Warnings, "\n"), left) {
					t.Errorf("warnings %q", result.Warnings)
				}
				for i, o := range got {
					if !tt.unreached && o.Status != fleet.StatusOK || tt.unreached && o.Status != fleet.StatusOK && !o.Status.Unfinished() {
						t.Errorf("host %d: %+v", i, o)
					}
				}
				time.Sleep(2 * time.Hour) // until it wakes
			})
		})
	}
}

package orchestrator_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
)

// beaten runs cfg for so many beats, each a minute after the last was over, and checks that every host has one outcome in
// each, and that the run's last result is the last beat's.
func beaten(t *testing.T, cfg orchestrator.Config, beats int) orchestrator.Result {
	t.Helper()
	beat, count := 1, make([]int, len(cfg.Hosts))
	whole := func() {
		for host, n := range count {
			if n != beat {
				t.Errorf("host %d: %d outcomes in %d beats", host, n, beat)
			}
		}
	}
	cfg.Sink.Outcome = func(hosts []int, o fleet.Outcome) {
		for _, host := range hosts {
			count[host]++
		}
	}
	cfg.Sink.Again = func() { beat++ }
	cfg.Next = func(r orchestrator.Result) (<-chan time.Time, bool) {
		whole()
		if len(r.Workers) > 0 || len(r.Warnings) > 0 {
			t.Errorf("beat %d: %+v", beat, r)
		}
		return time.After(time.Minute), beat+1 == beats
	}
	result, err := orchestrator.Run(t.Context(), cfg)
	whole()
	if err != nil || beat != beats {
		t.Errorf("%d beats of %d, %v", beat, beats, err)
	}
	return result
}

// The same workers serve every beat, and nobody loses patience with them in between.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		result := beaten(t, job(50, 3, 4, func(context.Context, fleet.Host) fleet.Outcome {
			return fleet.Outcome{Status: fleet.StatusOK}
		}), 200)
		if len(result.Workers) != 3 || len(result.Warnings) > 0 || time.Since(began) > 200*time.Minute {
			t.Errorf("%+v, %v", result, time.Since(began))
		}
		hosts := 0
		for _, w := range result.Workers {
			hosts += w.Hosts
		}
		if hosts != 50*200 {
			t.Errorf("%d outcomes", hosts)
		}
	})
}

// A run that is stopped between two beats ends at once, with nothing more to say of any host.
func TestStopBetweenBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(10, 2, 4, func(context.Context, fleet.Host) fleet.Outcome { return fleet.Outcome{Status: fleet.StatusOK} })
		stops := make(chan orchestrator.Stop, 1)
		cfg.Stops = stops
		outcomes := 0
		cfg.Sink.Outcome = func(hosts []int, _ fleet.Outcome) { outcomes += len(hosts) }
		cfg.Next = func(orchestrator.Result) (<-chan time.Time, bool) {
			stops <- orchestrator.Stop{}
			return time.After(time.Hour), false
		}
		began := time.Now()
		result, err := orchestrator.Run(t.Context(), cfg)
		if err != nil || outcomes != 10 || len(result.Workers) != 2 || time.Since(began) > time.Second {
			t.Errorf("%v, %d outcomes, %+v after %v", err, outcomes, result, time.Since(began))
		}
	})
}

// A run that is stopping begins no beat, though one comes due while its workers end.
func TestBeatDueWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(4, 2, 4, func(context.Context, fleet.Host) fleet.Outcome { return fleet.Outcome{Status: fleet.StatusOK} })
		good := cfg.Launcher.(launch.InProcess).Serve
		cfg.Launcher = launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
			err := good(ctx, in, out)
			time.Sleep(100 * time.Millisecond) // it takes its time to end
			return err
		}}
		stops := make(chan orchestrator.Stop, 1)
		cfg.Stops = stops
		cfg.Next = func(orchestrator.Result) (<-chan time.Time, bool) {
			stops <- orchestrator.Stop{}
			return time.After(50 * time.Millisecond), false
		}
		cfg.Sink.Again = func() { t.Error("one more beat") }
		if _, err := orchestrator.Run(t.Context(), cfg); err != nil {
			t.Error(err)
		}
	})
}

package orchestrator_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/wire"
	"muster/partition"
	"muster/worker"
)

// job is a run of n hosts in chunks over in-process workers whose task is visit.
func job(n, chunks, fanout int, visit func(context.Context, fleet.Host) fleet.Outcome) orchestrator.Config {
	var hosts []fleet.Host
	var indexes []int
	for i := range n {
		hosts = append(hosts, fleet.Host{Label: fmt.Sprintf("h%d", i), Name: fmt.Sprintf("h%d", i)})
		indexes = append(indexes, i)
	}
	open := func(j wire.Job, _ worker.Ask) (worker.Task, error) {
		return worker.PerHost(j.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ worker.Emit) fleet.Outcome {
			begin()
			return visit(ctx, h)
		}), nil
	}
	return orchestrator.Config{
		Hosts:  hosts,
		Chunks: partition.Cyclic(indexes, chunks),
		Launcher: launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
			return worker.Serve(ctx, in, out, open)
		}},
		Job: wire.Job{Run: "test", Task: "test", Fanout: fanout, ConnectTimeoutMS: 10_000, TimeoutMS: 30_000},
	}
}

// outcomes runs cfg and returns the outcome of every host, which it checks to be exactly one.
func outcomes(t *testing.T, cfg orchestrator.Config) ([]fleet.Outcome, orchestrator.Result, error) {
	t.Helper()
	got := make([]fleet.Outcome, len(cfg.Hosts))
	cfg.Sink.Outcome = func(hosts []int, o *fleet.Outcome) {
		for _, host := range hosts {
			if got[host].Status != "" {
				t.Errorf("host %d: a second outcome", host)
			}
			got[host] = *o
			got[host].Host = cfg.Hosts[host].Label
		}
	}
	result, err := orchestrator.Run(t.Context(), cfg)
	for i, o := range got {
		if o.Status == "" {
			t.Errorf("host %d: no outcome", i)
		}
	}
	return got, result, err
}

func TestEveryHostOnce(t *testing.T) {
	for _, size := range []struct{ hosts, chunks, fanout int }{{1, 1, 1}, {7, 3, 1}, {1000, 4, 64}, {100, 100, 1}} {
		synctest.Test(t, func(t *testing.T) {
			cfg := job(size.hosts, size.chunks, size.fanout, func(ctx context.Context, h fleet.Host) fleet.Outcome {
				time.Sleep(50 * time.Millisecond)
				return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1}
			})
			got, result, err := outcomes(t, cfg)
			if err != nil || len(result.Warnings) > 0 || len(result.Workers) != size.chunks {
				t.Fatalf("%v, %+v", err, result)
			}
			for i, o := range got {
				if o.Status != fleet.StatusOK || o.Host != cfg.Hosts[i].Label || o.Chunk != i%size.chunks {
					t.Errorf("host %d: %+v", i, o)
				}
			}
		})
	}
}

func TestStopReportsWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stops := make(chan orchestrator.Stop, 1)
		cfg := job(20, 2, 4, func(ctx context.Context, h fleet.Host) fleet.Outcome {
			if h.Name < "h2" {
				return fleet.Outcome{Status: fleet.StatusOK}
			}
			<-ctx.Done()
			return fleet.Outcome{Status: fleet.StatusCanceled}
		})
		cfg.Stops = stops
		began := time.Now()
		time.AfterFunc(time.Second, func() { stops <- orchestrator.Stop{} })
		got, _, err := outcomes(t, cfg)
		if err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		count := map[fleet.Status]int{}
		for _, o := range got {
			count[o.Status]++
		}
		if count[fleet.StatusCanceled] != 8 || count[fleet.StatusSkipped] == 0 || count[fleet.StatusOK] == 0 {
			t.Error(count)
		}
	})
}

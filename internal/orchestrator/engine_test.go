package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/wire"
)

// cluster is an engine, and the launcher of its workers: the first waits five minutes in the queue, the second dies with its
// node, the third does not get there.
type cluster struct {
	serve serve
	free  time.Time
	told  []string
}

func (c *cluster) Queued(worker int) bool { return worker == 1 && time.Now().Before(c.free) }
func (c *cluster) NodeFailed(node string) { c.told = append(c.told, "failed: "+node) }
func (c *cluster) LaunchFailed(how launch.Exit) {
	c.told = append(c.told, "not launched: "+how.StderrHead)
}

func (c *cluster) Launch(ctx context.Context, id, place int) (launch.Worker, error) {
	return launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
		switch id {
		case 1:
			time.Sleep(time.Until(c.free))
		case 2:
			says(out, wire.Up{Hello: &wire.Hello{Protocol: wire.Version, Build: wire.BuildID(), PID: 7, Node: "node2"}})
			wire.NewDownReader(in).Next()
			return nil
		case 3:
			return errors.New("no such node")
		}
		return c.serve(ctx, in, out)
	}}.Launch(ctx, id, place)
}

// An engine says who waits, which is not late for that, and is told what failed, which fails no host.
func TestEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := job(20, 2, 4, visitOK)
		c := &cluster{serve: cfg.Launcher.(launch.InProcess).Serve, free: time.Now().Add(5 * time.Minute)}
		cfg.Launcher, cfg.Prefixed, cfg.Engine = c, true, c
		most := 0
		cfg.Sink.Queued = func(workers int) { most = max(most, workers) }
		began := time.Now()
		got, result, err := outcomes(t, cfg)
		allOK(t, got)
		if took := time.Since(began); err != nil || most != 1 || took < 5*time.Minute || took > 5*time.Minute+2*time.Second {
			t.Error(err, most, took)
		}
		if want := []string{"failed: node2", "not launched: no such node"}; !slices.Equal(c.told, want) {
			t.Errorf("told %q, want %q; %v", c.told, want, result.Warnings)
		}
	})
}

// Who waits for an hour, or for a minute in no queue, waits for nothing.
func TestEngineForEver(t *testing.T) {
	for queued, want := range map[bool]string{true: "waited in the queue for 1h0m0s", false: "said no hello within 1m0s"} {
		synctest.Test(t, func(t *testing.T) {
			cfg := job(20, 1, 4, visitOK)
			c := &cluster{free: time.Now()}
			if queued {
				c.free = c.free.Add(2 * time.Hour)
			}
			setServe(&cfg, "")
			cfg.Prefixed, cfg.Engine = true, c
			_, _, err := outcomes(t, cfg)
			if err == nil || fmt.Sprint(err) != "worker start: "+want+"; exit status 0" {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

var _ orchestrator.Engine = (*cluster)(nil)

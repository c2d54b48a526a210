package orchestrator_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/wire"
	"muster/worker"
)

// tally takes all hosts of its group, answers for the first by itself and for the rest with the group's outcome, which
// has how many they were in its exit code.
type tally struct{ job wire.Job }

func (t tally) Do(_ context.Context, feed worker.Feed, emit worker.Emit) error {
	all := <-feed.Group
	first, _, _ := bytes.Cut(all.Lines, []byte("\n"))
	emit(fleet.Start{Attempt: t.job.Attempt})
	emit(fleet.Output{Group: true, Data: first})
	time.Sleep(time.Second)
	emit(fleet.Outcome{Num: all.First, Status: fleet.StatusOK})
	emit(fleet.Group{Status: fleet.StatusExit, Phase: fleet.PhaseExec, ExitCode: all.Count})
	return nil
}

// A run over groups of many items: each item has one outcome, of its own or else its group's, and each group begins and
// ends once, with all of its items.
func TestGroupsOfManyItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const items, chunks = 100_000, 4
		cfg := job(items, chunks, 1, nil)
		for i := range cfg.Hosts {
			cfg.Hosts[i].Name = "" // an item has no name
		}
		cfg.Hosts[0].Label = ""
		cfg.Grouped, cfg.Job.MaxOutput = true, 1<<10
		open := func(job wire.Job, _ worker.Ask) (worker.Task, error) { return tally{job}, nil }
		cfg.Launcher = launch.InProcess{Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
			return worker.Serve(ctx, in, out, open)
		}}
		said, begun, ended := map[int]string{}, map[int]int{}, map[int]int{}
		cfg.Sink.GroupBegun = func(chunk, attempt int) { begun[chunk] += attempt }
		cfg.Sink.GroupOutput = func(chunk int, o fleet.Output) { said[chunk] += string(o.Data) }
		cfg.Sink.Group = func(chunk int, g fleet.Group, attempts int) {
			ended[chunk]++
			if g.Status != fleet.StatusExit || g.ExitCode != items/chunks || attempts != 1 {
				t.Errorf("chunk %d: %+v, %d attempts", chunk, g, attempts)
			}
		}
		got, result, err := outcomes(t, cfg)
		if err != nil || len(result.Warnings) > 0 || len(result.Workers) != chunks {
			t.Fatalf("%v, %q, %d workers", err, result.Warnings, len(result.Workers))
		}
		for i, o := range got {
			want := fleet.StatusExit
			if i < chunks {
				want = fleet.StatusOK
			}
			if o.Status != want || o.Chunk != i%chunks || o.Host != cfg.Hosts[i].Label {
				t.Fatalf("item %d: %+v", i, o)
			}
		}
		hosts := 0
		for _, w := range result.Workers {
			hosts += w.Hosts
			if !w.Done || w.Hosts != items/chunks {
				t.Errorf("%+v", w)
			}
		}
		if hosts != items {
			t.Errorf("%d items in all workers", hosts)
		}
		for chunk := range chunks {
			if begun[chunk] != 1 || ended[chunk] != 1 || said[chunk] != cfg.Hosts[chunk].Label {
				t.Errorf("chunk %d: begun %d, ended %d, said %q", chunk, begun[chunk], ended[chunk], said[chunk])
			}
		}
	})
}

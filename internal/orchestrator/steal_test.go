package orchestrator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/orchestrator"
	"muster/internal/tier"
	"muster/partition"
)

// slowly is a run in which each host takes its own time, in chunks one after the other.
func slowly(times []time.Duration, chunks, fanout int) orchestrator.Config {
	cfg := job(len(times), chunks, fanout, func(_ context.Context, h fleet.Host) fleet.Outcome {
		host, _ := strconv.Atoi(h.Name[1:])
		time.Sleep(times[host])
		return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1}
	})
	indexes := slices.Concat(cfg.Chunks...)
	slices.Sort(indexes)
	cfg.Chunks = partition.Block(indexes, chunks)
	return cfg
}

// takes runs cfg, whose hosts are all to be ok, and returns how long that took and how many hosts each chunk's worker visited.
func takes(t *testing.T, cfg orchestrator.Config) (time.Duration, []int) {
	t.Helper()
	began := time.Now()
	got, result, err := outcomes(t, cfg)
	if err != nil || len(result.Warnings) > 0 || len(result.Workers) != len(cfg.Chunks) {
		t.Errorf("%v, %+v", err, result)
	}
	for host, o := range got {
		if o.Status != fleet.StatusOK || !slices.Contains(cfg.Chunks[o.Chunk], host) {
			t.Errorf("host %d: %+v", host, o)
		}
	}
	visited := make([]int, len(cfg.Chunks))
	for _, w := range result.Workers {
		visited[w.Chunk] += w.Hosts
	}
	return time.Since(began), visited
}

// A slow rack in one chunk is shared by the workers of all.
func TestStealFromSlowRack(t *testing.T) {
	times := make([]time.Duration, 200)
	for host := range times {
		times[host] = 10 * time.Millisecond
		if host >= 88 && host < 100 {
			times[host] = 2 * time.Second
		}
	}
	for _, tt := range []struct {
		steal   bool
		took    time.Duration
		visited []int
	}{
		{false, 220*time.Millisecond + 3*2*time.Second, []int{100, 100}},
		{true, 220*time.Millisecond + 2*2*time.Second, []int{96, 104}},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := slowly(times, 2, 4)
			cfg.Steal = tt.steal
			if took, visited := takes(t, cfg); took != tt.took || !slices.Equal(visited, tt.visited) {
				t.Errorf("steal %v: took %v, visited %v, want %v, %v", tt.steal, took, visited, tt.took, tt.visited)
			}
		})
	}
}

// However long each host takes and wherever it is, a run with stealing ends within what its hosts take, shared evenly by all
// places in flight, and the time of the slowest: no place is empty while a host waits.
func TestStealSharesEvenly(t *testing.T) {
	for seed := range tier.Times(200, 1000, 10_000) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(uint64(seed), 0))
				chunks, fanout := 1+random.IntN(4), 1+random.IntN(4)
				times := make([]time.Duration, chunks+random.IntN(60))
				for host := range times {
					times[host] = time.Duration(1+random.IntN(100)) * time.Millisecond
					if random.IntN(10) == 0 {
						times[host] = 10 * time.Second
					}
				}
				if random.IntN(2) == 0 {
					slices.Sort(times) // the slow ones are in one rack
				}
				var sum time.Duration
				for _, took := range times {
					sum += took
				}
				cfg := slowly(times, chunks, fanout)
				cfg.Steal = true
				most := sum/time.Duration(chunks*fanout) + slices.Max(times)
				if took, visited := takes(t, cfg); took > most {
					t.Errorf("took %v, at most %v; %d hosts, %d in flight in each of %v", took, most, len(times), fanout, visited)
				}
			})
		})
	}
}

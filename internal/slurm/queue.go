package slurm

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Queued reports whether a worker, which has said nothing yet, waits in the queue, as far as that was known a moment ago.
func (e *Engine) Queued(worker int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = true
	return e.waiting != nil && e.waiting(worker)
}

// watch looks at the queue while somebody asks, until the function that it returns is called.
func (e *Engine) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		every := time.NewTicker(pollEvery)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
				e.look(ctx)
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// look finds out who waits. Where nobody tells, nobody does: then a worker that does not come is late.
func (e *Engine) look(ctx context.Context) {
	e.mu.Lock()
	asked, launched := e.asked, e.launched
	e.asked = false
	e.mu.Unlock()
	if !asked {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	var waiting func(int) bool
	if e.job == "" {
		if pending, err := e.workers(ctx, "--states=PENDING,CONFIGURING"); err == nil {
			waiting = func(worker int) bool { return slices.Contains(pending, worker) }
		}
	} else if begun, err := e.workers(ctx); err == nil { // a step that waits is in no list
		waiting = func(worker int) bool { return worker <= launched && !slices.Contains(begun, worker) }
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting = waiting
}

// workers are those of the run that have a job, or a step of its allocation.
func (e *Engine) workers(ctx context.Context, more ...string) (ids []int, err error) {
	entries, err := list(ctx, e.job, more...)
	for _, entry := range entries {
		_, name, _ := strings.Cut(entry, " ")
		place, ours := strings.CutPrefix(name, prefix(e.run))
		_, id, _ := strings.Cut(place, "-")
		if number, err := strconv.Atoi(id); ours && err == nil {
			ids = append(ids, number)
		}
	}
	return ids, err
}

package slurm

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Queued reports whether a worker, which has said nothing yet, waits in the queue, as far as that was known a moment ago.
func (e *Engine) Queued(worker int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = true
	return e.waiting != nil && e.waiting(e.names[worker])
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
	asked := e.asked
	e.asked = false
	e.mu.Unlock()
	if !asked {
		return
	}
	ctx, cancel := patient(ctx)
	defer cancel()
	var waiting func(string) bool
	if e.job == "" {
		if pending, err := names(ctx, "", "--states=PENDING,CONFIGURING"); err == nil {
			waiting = func(name string) bool { return slices.Contains(pending, name) }
		}
	} else if begun, err := names(ctx, e.job); err == nil { // a step that waits is in no list
		waiting = func(name string) bool { return !slices.Contains(begun, name) }
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting = waiting
}

// names lists our jobs, or the steps of a job, by their names.
func names(ctx context.Context, job string, more ...string) ([]string, error) {
	entries, err := list(ctx, job, more...)
	var names []string
	for _, entry := range entries {
		_, name, _ := strings.Cut(entry, " ")
		names = append(names, name)
	}
	return names, err
}

package worker

import (
	"sync"

	"muster/internal/fleet"
	"muster/internal/meter"
)

// gauge measures what a worker costs.
type gauge interface {
	midway() // there may be more to do
	usage() fleet.Usage
}

// unmeasured is the gauge of a worker that shares its process with others.
type unmeasured struct{}

func (unmeasured) midway()            {}
func (unmeasured) usage() fleet.Usage { return fleet.Usage{} }

// alone is the gauge of a worker that has a process of its own. The pages of its program it shares with the other
// workers, and its part of them grows as those end: it is the least that was found while there was work. What it shares with
// nobody is taken at its end.
type alone struct {
	mu    sync.Mutex
	files int64
}

func (a *alone) midway() { a.least(meter.ReadShare().Files()) }

func (a *alone) usage() fleet.Usage {
	share := meter.ReadShare()
	return fleet.Usage{MaxRSSBytes: meter.PeakRSS(), PSSBytes: share.Anonymous + a.least(share.Files())}
}

// least takes one more figure of files, and returns the least of all.
func (a *alone) least(files int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.files == 0 || files < a.files {
		a.files = files
	}
	return a.files
}

package worker

import (
	"muster/internal/fleet"
	"muster/internal/meter"
)

// gauge measures what a worker costs.
type gauge interface {
	midway() // there may be more to do: one call at a time
	usage() fleet.Usage
}

// unmeasured is the gauge of a worker that shares its process with others.
type unmeasured struct{}

func (unmeasured) midway()            {}
func (unmeasured) usage() fleet.Usage { return fleet.Usage{} }

// alone is the gauge of a worker that has a process of its own. The pages of its program it shares with the other
// workers, and its part of them grows as those end: it is the least that was found while there was work. What it shares with
// nobody is taken at its end.
type alone struct{ files int64 }

func (p *alone) midway() {
	if files := meter.ReadShare().Files(); p.files == 0 || files < p.files {
		p.files = files
	}
}

func (p *alone) usage() fleet.Usage {
	share := meter.ReadShare()
	if p.files == 0 {
		p.files = share.Files()
	}
	return fleet.Usage{MaxRSSBytes: meter.PeakRSS(), PSSBytes: share.Anonymous + p.files}
}

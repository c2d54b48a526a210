// Package aggregate sums up the outcomes of a fleet.
package aggregate

import (
	"maps"
	"math"
	"slices"

	"muster/internal/fleet"
	"muster/internal/stats"
)

// Aggregate gathers what a Summary needs, in any order. The zero value is ready. It is not safe for several goroutines.
type Aggregate struct {
	hosts      int
	byStatus   map[fleet.Status]int
	loadPerCPU []float64
	memPercent []float64
	memory     memory
	extra      map[string][]float64 // of at most maxExtra names
}

// maxExtra bounds of how many fields that are no reading's there are figures: hosts choose their names.
const maxExtra = 64

type memory struct {
	hosts       int
	total, used int64
}

// Summary is what is to be said of a whole fleet. Where no host gave a figure it is nil.
type Summary struct {
	Hosts          int                  `json:"hosts"`
	ByStatus       map[fleet.Status]int `json:"by_status"` // the statuses that occurred
	Load1PerCPU    *stats.Distribution  `json:"load1_per_cpu,omitempty"`
	MemUsedPercent *stats.Distribution  `json:"mem_used_percent,omitempty"`
	// Extra is of the fields that scripts brought beside readings.
	Extra         map[string]*stats.Distribution `json:"extra,omitempty"`
	MemTotalBytes *int64                         `json:"mem_total_bytes,omitempty"` // of the hosts that gave both total and used
	MemUsedBytes  *int64                         `json:"mem_used_bytes,omitempty"`
}

// Count counts n hosts of which there is nothing to know but how they ended.
func (a *Aggregate) Count(s fleet.Status, n int) {
	if a.byStatus == nil {
		a.byStatus = make(map[fleet.Status]int)
	}
	a.hosts += n
	a.byStatus[s] += n
}

// Add counts o, which it does not keep. Call it once for each host.
func (a *Aggregate) Add(o *fleet.Outcome) {
	a.Count(o.Status, 1)
	if o.Load1PerCPU != nil {
		a.loadPerCPU = append(a.loadPerCPU, *o.Load1PerCPU)
	}
	if o.MemUsedPercent != nil {
		a.memPercent = append(a.memPercent, *o.MemUsedPercent)
	}
	a.addExtra(o.Extra)
	if o.MemTotalBytes != nil && o.MemUsedBytes != nil {
		a.memory.hosts++
		a.memory.total = add(a.memory.total, *o.MemTotalBytes)
		a.memory.used = add(a.memory.used, *o.MemUsedBytes)
	}
}

// addExtra keeps the values of fields that are no reading's.
func (a *Aggregate) addExtra(extra map[string]float64) {
	if len(extra) > 0 && a.extra == nil {
		a.extra = map[string][]float64{}
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if values, known := a.extra[name]; known || len(a.extra) < maxExtra {
			a.extra[name] = append(values, extra[name])
		}
	}
}

// add stops at the greatest sum there is. Neither number is negative.
func add(a, b int64) int64 {
	return a + min(b, math.MaxInt64-a)
}

// Summary sums up what was added so far.
func (a *Aggregate) Summary() Summary {
	s := Summary{Hosts: a.hosts, ByStatus: make(map[fleet.Status]int)}
	maps.Copy(s.ByStatus, a.byStatus)
	if d, ok := stats.Describe(a.loadPerCPU); ok {
		s.Load1PerCPU = &d
	}
	if d, ok := stats.Describe(a.memPercent); ok {
		s.MemUsedPercent = &d
	}
	for name, values := range a.extra {
		if d, ok := stats.Describe(values); ok {
			if s.Extra == nil {
				s.Extra = map[string]*stats.Distribution{}
			}
			s.Extra[name] = &d
		}
	}
	if m := a.memory; m.hosts > 0 {
		s.MemTotalBytes, s.MemUsedBytes = &m.total, &m.used
	}
	return s
}

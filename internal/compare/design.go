// Package compare takes samples of the same job run in different ways, in an order that is fair to all, and says which
// way wins, as far as the samples show it.
//
//	Design ──► Order ──► a sample, a fresh process ──► raw file
//	                            └──► Analyse ──► Document: medians, ratios, verdict
package compare

import (
	"strconv"
	"strings"

	"muster/internal/strategy"
)

// Arm is one way to run the job.
type Arm struct {
	Kind     string `json:"kind,omitempty"` // which part of a workload of several; empty: there is but one
	Strategy string `json:"strategy"`
	Chunks   int    `json:"chunks"`
	Fanout   int    `json:"fanout"`         // hosts, or items, in flight in one worker
	Copy     int    `json:"copy,omitempty"` // 2 for the second of arms that are alike, and so on; 0 for the first
}

// InFlight is how many of so many hosts, or items, are in flight at once in all workers; of 0, which is not known, how many
// there may be.
func (a Arm) InFlight(items int) int {
	if items < 1 {
		return a.Chunks * a.Fanout
	}
	return min(a.Chunks*a.Fanout, items)
}

// options are those of chunks and fan-out, but what the strategy has no choice of, or does by itself one at a time.
func (a Arm) options() []string {
	var options []string
	if strategy.Chunked(a.Strategy) {
		options = append(options, "-n", strconv.Itoa(a.Chunks))
	}
	if strategy.Fanned(a.Strategy) && (a.Fanout > 1 || strategy.DefaultFanout(a.Strategy) > 1) {
		options = append(options, "-f", strconv.Itoa(a.Fanout))
	}
	return options
}

// Args are the options with which muster runs the job so.
func (a Arm) Args() []string {
	if a.Strategy == strategy.Default {
		return a.options()
	}
	return append([]string{"--strategy", a.Strategy}, a.options()...)
}

// Way is how the arm is called whatever its kind: "hybrid -n 4 -f 16", or for the second of two alike "serial (2)".
func (a Arm) Way() string {
	way := strings.Join(append([]string{a.Strategy}, a.options()...), " ")
	if a.Copy > 0 {
		way += " (" + strconv.Itoa(a.Copy) + ")"
	}
	return way
}

// Name is how the arm is called among all: as its way, or of a workload of several kinds "disk: serial".
func (a Arm) Name() string {
	if a.Kind != "" {
		return a.Kind + ": " + a.Way()
	}
	return a.Way()
}

// Design is what is compared and how, as it is known before the first sample.
type Design struct {
	Machine  Machine  `json:"machine"`
	Workload Workload `json:"workload"`
	Rounds   int      `json:"rounds"` // samples of each arm, after one that warms up and does not count
	Seed     uint64   `json:"seed"`   // of the order
	Arms     []Arm    `json:"arms"`
	Warnings []string `json:"warnings"` // doubts about the samples that there will be
}

// Workload is the job.
type Workload struct {
	Name  string `json:"name"`
	About string `json:"about"` // what an item is, in a few words
	Items int    `json:"items"` // hosts, or items, in each sample of one kind
	// FrameSeconds is the CPU that both sides spend on the frames of one item, measured on this machine; 0 where a worker
	// does not report on each item.
	FrameSeconds float64 `json:"frame_seconds,omitempty"`
}

// ItemsOf is how many items a sample of a kind has: those of all others, where they are done together.
func (w Workload) ItemsOf(kind string) int {
	if kind == Together {
		return w.Items * (len(FormOf(w.Name).Kinds) - 1)
	}
	return w.Items
}

// Sample is what one run of the job took: a process of its own and all that it started.
type Sample struct {
	WallSeconds         float64        `json:"wall_seconds"` // from its start to its end
	UserSeconds         float64        `json:"user_seconds"`
	SystemSeconds       float64        `json:"system_seconds"`
	MaxRSSBytes         int64          `json:"max_rss_bytes,omitempty"` // of its largest process, at its peak; 0: not known
	SumPSSBytes         int64          `json:"sum_pss_bytes,omitempty"` // of muster and its workers together; 0: not known
	VoluntarySwitches   int64          `json:"voluntary_switches"`      // times one of its threads waited
	InvoluntarySwitches int64          `json:"involuntary_switches"`    // times a CPU was taken from one
	MajorFaults         int64          `json:"major_faults"`            // pages that came from a disk
	Items               int            `json:"items"`
	Failed              int            `json:"failed"`
	ByStatus            map[string]int `json:"by_status"`
	Pressure            *Pressure      `json:"pressure,omitempty"` // nil: the kernel does not say
	Warnings            []string       `json:"warnings,omitempty"` // the run's own
}

// CPUSeconds is the processor time of the whole tree.
func (s Sample) CPUSeconds() float64 { return s.UserSeconds + s.SystemSeconds }

// Pressure is which share of a sample's time, from 0 to 1, some task of the machine waited for a resource: PSI's "some"
// (see the kernel's accounting/psi).
type Pressure struct {
	CPU    float64 `json:"cpu_some"`
	Memory float64 `json:"memory_some"`
	IO     float64 `json:"io_some"`
}

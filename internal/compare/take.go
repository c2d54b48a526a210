package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"muster/internal/child"
	"muster/internal/meter"
)

// Taker takes samples. Each is a fresh process, so that no heap, no peak and no setting of one is there in the next.
type Taker struct {
	Program child.Spec             // muster, without arguments
	Job     func(arm Arm) []string // its arguments
	Ready   func(arm Arm) error    // readies the machine, outside the sample's time
	Now     <-chan struct{}        // closed when a sample that was asked to end is not waited for any longer
	Failed  []int                  // exit codes of a run that came to its end though some of its hosts failed
}

// Take takes one sample of arm. A run that did not come to its end is an error; hosts that failed are data.
func (t Taker) Take(ctx context.Context, arm Arm) (Sample, error) {
	if err := t.Ready(arm); err != nil {
		return Sample{}, err
	}
	spec := t.Program
	spec.Args = t.Job(arm)
	before, pressed := meter.ReadStalls()
	begun := time.Now()
	c, err := child.Start(spec)
	if err != nil {
		return Sample{}, fmt.Errorf("sample start: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { t.end(c) })
	defer stop()
	c.CloseWrite()
	var r report
	readErr := json.NewDecoder(c).Decode(&r)
	io.Copy(io.Discard, c)
	exit := c.Wait()
	wall := time.Since(begun)
	after, _ := meter.ReadStalls()
	switch {
	case ctx.Err() != nil:
		return Sample{}, ctx.Err()
	case !exit.Success() && !slices.Contains(t.Failed, exit.Code):
		return Sample{}, fmt.Errorf("sample of %s: %s", arm.Name(), exit)
	case readErr != nil:
		return Sample{}, fmt.Errorf("sample's report: %w", readErr)
	}
	s := Sample{
		WallSeconds: wall.Seconds(), UserSeconds: exit.User.Seconds(), SystemSeconds: exit.System.Seconds(),
		VoluntarySwitches: exit.VoluntarySwitches, InvoluntarySwitches: exit.InvoluntarySwitches, MajorFaults: exit.MajorFaults,
	}
	if pressed {
		s.Pressure = pressure(before, after, wall)
	}
	s.read(r)
	return s, nil
}

// end ends a sample as one would by hand.
func (t Taker) end(c *child.Child) {
	c.Terminate()
	select {
	case <-c.Ended():
	case <-t.Now:
		c.Kill()
	}
}

func pressure(before, after meter.Stalls, wall time.Duration) *Pressure {
	share := func(d time.Duration) float64 { return min(max(d.Seconds()/wall.Seconds(), 0), 1) }
	return &Pressure{
		CPU: share(after.CPU - before.CPU), Memory: share(after.Memory - before.Memory), IO: share(after.IO - before.IO),
	}
}

// report is what a sample needs of the report of the run that it is, by the names of package report.
type report struct {
	Run     footprint   `json:"run"`
	Workers []footprint `json:"workers"`
	Groups  []footprint `json:"groups"`
	Summary struct {
		Hosts    int            `json:"hosts"`
		ByStatus map[string]int `json:"by_status"`
	} `json:"summary"`
	Warnings []string `json:"warnings"`
}

type footprint struct {
	MaxRSSBytes int64 `json:"max_rss_bytes"`
	SumPSSBytes int64 `json:"sum_pss_bytes"`
}

// read fills in what the run itself reports.
func (s *Sample) read(r report) {
	for _, m := range slices.Concat([]footprint{r.Run}, r.Workers, r.Groups) {
		s.MaxRSSBytes = max(s.MaxRSSBytes, m.MaxRSSBytes)
	}
	s.SumPSSBytes = r.Run.SumPSSBytes
	s.Items, s.ByStatus, s.Warnings = r.Summary.Hosts, r.Summary.ByStatus, r.Warnings
	s.Failed = s.Items - s.ByStatus["ok"]
}

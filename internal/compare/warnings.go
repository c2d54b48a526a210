package compare

import (
	"fmt"
	"math"
	"slices"

	"muster/internal/stats"
)

// warnings are the doubts that the samples raise. None is about an arm that was refused.
func warnings(d Design, rounds int, kinds []*kind) []string {
	var found []string
	if rounds < d.Rounds {
		found = append(found, fmt.Sprintf("%d of %d rounds were completed: only these count", rounds, d.Rounds))
	}
	found = append(found, fewRounds(rounds)...)
	found = append(found, own(kinds)...)
	var all []*Result
	for _, k := range kinds {
		if s := k.baseline.Samples[0]; k.baseline.Refused == "" && s.Failed > 0 {
			found = append(found, k.of("%d of %d items failed%s in every sample", s.Failed, s.Items, failures(s)))
		}
		if busy := k.busy(); busy != "" {
			found = append(found, busy)
		}
		all = append(all, k.compared()...)
	}
	for _, arm := range all {
		if text := arm.outliers(); text != "" {
			found = append(found, arm.Name()+": "+text)
		}
	}
	return append(found, frames(d.Workload, all)...)
}

// fewRounds says what cannot be had of so few.
func fewRounds(rounds int) (found []string) {
	needed := rounds
	for ; ; needed++ {
		if _, _, _, ok := stats.MedianInterval(make([]float64, needed), 1-alpha); ok {
			break
		}
	}
	if needed > rounds {
		found = append(found, fmt.Sprintf("%s too few for the interval of a median: it takes %d", count(rounds, "round is", "rounds are"), needed))
	}
	return found
}

// enough is how many rounds, so many or more, it takes to show any difference in so many tests.
func enough(rounds, tests int) int {
	for float64(tests)*stats.LeastP(rounds, rounds) >= alpha {
		rounds++
	}
	return rounds
}

// mostOwn bounds the warnings that are the samples' own.
const mostOwn = 10

// own are the warnings of the samples themselves, each once.
func own(kinds []*kind) (found []string) {
	for _, k := range kinds {
		for _, arm := range k.arms {
			for _, s := range arm.Samples {
				found = addNew(found, s.Warnings)
			}
		}
	}
	return found[:min(len(found), mostOwn)]
}

// A serial sample has work for one processor. In mostWaiting of its time some task may wait for one all the same, and in
// more where it is shorter than longEnough, in seconds: its start and its end have work for several.
const (
	mostWaiting = 0.1
	longEnough  = 0.2
)

// busy says where the machine had other work while one item was worked on after the other.
func (k *kind) busy() string {
	if k.baseline.Strategy != serial {
		return ""
	}
	share := k.baseline.MedianOf(func(s Sample) float64 {
		if s.Pressure == nil {
			return 0
		}
		return s.Pressure.CPU
	})
	if share <= mostWaiting || k.baseline.Median < longEnough {
		return ""
	}
	return k.of("the machine has other work: in %.0f %% of the time of %s, which needs one CPU, some task waited for one", 100*share, k.baseline.Way())
}

// outliers says which samples of the arm lie far from the others: "1 of 10 samples is an outlier, 2.10s where the median is
// 1.20s". One that is within a twentieth of the median does no harm, and is none.
func (r *Result) outliers() string {
	walls, median := r.values(wall), seconds(r.Median)
	var far []float64
	for _, i := range stats.Outliers(walls) {
		if math.Abs(walls[i]-r.Median) > 0.05*r.Median {
			far = append(far, walls[i])
		}
	}
	if len(far) == 0 {
		return ""
	}
	which := seconds(far[0])
	if least, most := seconds(slices.Min(far)), seconds(slices.Max(far)); least != most {
		which = least + " to " + most
	}
	what := "outliers"
	if len(far) == 1 {
		what = "an outlier"
	}
	return fmt.Sprintf("%d of %s %s %s, %s where the median is %s",
		len(far), count(len(walls), "sample", "samples"), verb(len(far) == 1, "is", "are"), what, which, median)
}

// frames names the arms of whose processor time more than a fiftieth goes into saying what became of each item.
func frames(w Workload, arms []*Result) []string {
	var names []string
	least, most := 1.0, 0.0
	for _, arm := range arms {
		reporting, all := w.FrameSeconds*float64(arm.Samples[0].Items), arm.MedianOf(Sample.CPUSeconds)
		if all > 0 && reporting > 0.02*all {
			names = append(names, arm.Name())
			share := min(reporting/all, 1)
			least, most = min(least, share), max(most, share)
		}
	}
	if names == nil {
		return nil
	}
	about := fmt.Sprintf("%.0f %%", 100*most)
	if from := fmt.Sprintf("%.0f %%", 100*least); from != about {
		about = from + " to " + about
	}
	return []string{fmt.Sprintf("%s: reporting takes about %s of %s CPU: the items are too small to show what the strategy costs",
		list(names), about, verb(len(names) == 1, "its", "their"))}
}

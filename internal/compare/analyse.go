package compare

import (
	"fmt"

	"muster/internal/stats"
)

// Analyse says what samples show, which are by arm, in the order of the design, one list for each. Only rounds of which every
// arm has its sample count: a run that was interrupted has fewer than its design. What is said to differ is shown by a test,
// corrected for how many there are behind one sentence, or behind the column of differences: of equals, a difference is said
// by chance in at most one of twenty such. Times must be finite.
func Analyse(d Design, samples [][]Sample) Document {
	doc := Document{
		Schema: Schema, Machine: d.Machine, Workload: d.Workload, Rounds: Rounds(samples), Seed: d.Seed,
		Arms: make([]Result, len(d.Arms)), Verdict: []string{}, Warnings: append([]string{}, d.Warnings...),
	}
	for i, arm := range d.Arms {
		doc.Arms[i] = Result{Arm: arm, InFlight: arm.InFlight(d.Workload.ItemsOf(arm.Kind)), Samples: []Sample{}}
		if doc.Rounds > 0 {
			doc.Arms[i].take(samples[i][:doc.Rounds])
		}
	}
	kinds := byKind(doc.Arms)
	if len(kinds) > 0 {
		doc.Baseline = kinds[0].baseline.Way()
	}
	if doc.Rounds == 0 {
		doc.Verdict = append(doc.Verdict, "nothing can be said: no round was completed")
		return doc
	}
	for _, k := range kinds {
		k.refuse()
	}
	tests := holdAgainstBaselines(kinds)
	doc.Warnings = append(doc.Warnings, warnings(d, doc.Rounds, kinds)...)
	if needed := enough(doc.Rounds, tests); needed > doc.Rounds {
		doc.Verdict = append(doc.Verdict, fmt.Sprintf("nothing can be shown by %s of %d ways: it takes %d", count(doc.Rounds, "round", "rounds"), len(d.Arms), needed))
		return doc
	}
	doc.Verdict = append(doc.Verdict, verdict(kinds)...)
	doc.Recommend = recommend(kinds)
	return doc
}

// Rounds is of how many rounds every arm has its sample; samples are by arm.
func Rounds(samples [][]Sample) int {
	if len(samples) == 0 {
		return 0
	}
	rounds := len(samples[0])
	for _, taken := range samples {
		rounds = min(rounds, len(taken))
	}
	return rounds
}

// take fills in what an arm's samples say by themselves.
func (r *Result) take(samples []Sample) {
	r.Samples = samples
	median, low, high, ok := stats.MedianInterval(r.values(wall), 1-alpha)
	r.Median = median
	if ok {
		r.Low, r.High = &low, &high
	}
}

// Measure is what is compared of a sample.
type Measure func(Sample) float64

func wall(s Sample) float64        { return s.WallSeconds }
func memory(s Sample) float64      { return float64(s.SumPSSBytes) }
func involuntary(s Sample) float64 { return float64(s.InvoluntarySwitches) }

func (r *Result) values(m Measure) []float64 {
	values := make([]float64, len(r.Samples))
	for i, s := range r.Samples {
		values[i] = m(s)
	}
	return values
}

// MedianOf is the median of a measure of the arm's samples; 0 of none.
func (r *Result) MedianOf(m Measure) float64 { return stats.Median(r.values(m)) }

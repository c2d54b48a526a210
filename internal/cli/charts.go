package cli

import (
	"io"
	"slices"
	"strconv"

	"muster/internal/compare"
	"muster/internal/report"
)

// speedups is how arms scale with the number of chunks, against their baseline, where some were tried with several.
func speedups(d compare.Document) report.Plot {
	p := report.Plot{Title: "speed-up against " + d.Baseline, XLabel: "chunks", YLabel: "times as fast"}
	for _, a := range d.Arms {
		if a.Refused != "" || a.Kind != "" && a.Kind != compare.Together {
			continue
		}
		name := a.Strategy
		if a.Fanout > 1 {
			name += " -f " + strconv.Itoa(a.Fanout)
		}
		point := report.Point{X: float64(a.Chunks), Y: 1}
		switch {
		case a.Ratio != nil:
			point.Y, point.Low, point.High = *a.Ratio, a.RatioLow, a.RatioHigh
		case a.Way() != d.Baseline:
			continue
		}
		i := slices.IndexFunc(p.Series, func(s report.Series) bool { return s.Name == name })
		if i < 0 {
			i, p.Series = len(p.Series), append(p.Series, report.Series{Name: name})
		}
		p.Series[i].Points = append(p.Series[i].Points, point)
	}
	p.Series = slices.DeleteFunc(p.Series, func(s report.Series) bool { return len(s.Points) < 2 }) // they have no line
	return p
}

func chartsOf(d compare.Document) []report.Chart {
	cpu := report.Bars{Title: "CPU of all processes", Unit: "seconds"}
	pss := report.Bars{Title: "memory of muster and its workers", Unit: "MiB (sum of Pss)"}
	for _, a := range d.Arms {
		cpu.Bars = append(cpu.Bars, report.Bar{Name: a.Name(), Value: a.MedianOf(compare.Sample.CPUSeconds)})
		pss.Bars = append(pss.Bars, report.Bar{
			Name: a.Name(), Value: a.MedianOf(func(s compare.Sample) float64 { return float64(s.SumPSSBytes) / (1 << 20) }),
		})
	}
	return []report.Chart{speedups(d), cpu, pss}
}

// writeSamples writes a record for each sample.
func writeSamples(w io.Writer, d compare.Document) error {
	header := []string{
		"kind", "strategy", "chunks", "fanout", "in_flight", "sample", "wall_seconds", "user_seconds", "system_seconds", "max_rss_bytes",
		"sum_pss_bytes", "voluntary_switches", "involuntary_switches", "major_faults", "items", "failed",
	}
	var rows [][]any
	for _, a := range d.Arms {
		for i, s := range a.Samples {
			rows = append(rows, []any{
				a.Kind, a.Strategy, a.Chunks, a.Fanout, a.InFlight, i + 1, s.WallSeconds, s.UserSeconds, s.SystemSeconds, s.MaxRSSBytes,
				s.SumPSSBytes, s.VoluntarySwitches, s.InvoluntarySwitches, s.MajorFaults, s.Items, s.Failed,
			})
		}
	}
	return report.WriteCSV(w, header, rows)
}

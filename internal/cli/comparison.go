package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"muster/internal/compare"
	"muster/internal/fleet"
	"muster/internal/report"
)

// conclude reports what samples say, and sets the exit code.
func (o *comparing) conclude(outputs *outputs, design compare.Design, samples [][]compare.Sample) error {
	d := compare.Analyse(design, samples)
	if !o.out.quiet {
		for _, warning := range d.Warnings {
			o.say("warning: %s", warning)
		}
	}
	if err := o.write(outputs, d); err != nil {
		return err
	}
	o.code = failuresOf(d)
	if o.recommend && d.Recommend == "" {
		return errors.New("nothing to recommend: see the warnings")
	}
	return nil
}

// failuresOf is the exit code for the hosts that failed in samples.
func failuresOf(d compare.Document) int {
	end := ending{byStatus: map[fleet.Status]int{}}
	for _, arm := range d.Arms {
		for _, sample := range arm.Samples {
			for name, n := range sample.ByStatus {
				end.byStatus[fleet.Status(name)] += n
			}
		}
	}
	code, _ := end.code()
	return code
}

// write writes the plots, then the outputs.
func (o *comparing) write(outputs *outputs, d compare.Document) error {
	var errs []error
	if o.plot != "" {
		svg := report.Output{File: o.plot}
		errs = append(errs, svg.To(nil, func(w io.Writer) error {
			return report.SVG(w, titleOf(d), machineOf(d), chartsOf(d)...)
		}))
	}
	if o.recommend {
		if d.Recommend != "" {
			_, err := fmt.Fprintln(o.Stdout, report.Clean(d.Recommend))
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	for _, output := range slices.SortedStableFunc(slices.Values(outputs.all), filesFirst) {
		errs = append(errs, output.To(o.Stdout, func(w io.Writer) error {
			switch output.Format {
			case report.FormatJSON:
				return report.WriteJSON(w, d)
			case report.FormatCSV:
				return writeSamples(w, d)
			}
			if output.File == "" {
				return writeComparison(w, d, outputs.view.Width)
			}
			for _, warning := range d.Warnings { // on a terminal they are on stderr
				fmt.Fprintf(w, "warning: %s\n", report.Clean(warning))
			}
			return writeComparison(w, d, 0)
		}))
	}
	return errors.Join(errs...)
}

// writeComparison writes d for people: a table, best first, of each kind; what it says; and how it scales.
func writeComparison(w io.Writer, d compare.Document, width int) error {
	if _, err := fmt.Fprintf(w, "%s\n%s\n\n", report.Clean(titleOf(d)), report.Clean(machineOf(d))); err != nil {
		return err
	}
	for _, arms := range byKind(d.Arms) {
		if d.Rounds == 0 {
			break
		}
		if kind := arms[0].Kind; kind != "" {
			fmt.Fprintf(w, "%s:\n", report.Clean(kind))
		}
		if err := armsGrid(arms, d.Baseline).Write(w, width); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	for _, line := range d.Verdict {
		fmt.Fprintln(w, report.Clean(line))
	}
	if plot := speedups(d); len(plot.Series) > 0 {
		fmt.Fprintln(w)
		if err := plot.Text(w, width); err != nil {
			return err
		}
	}
	if d.Recommend == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nuse: %s\n", report.Clean(d.Recommend))
	return err
}

func titleOf(d compare.Document) string {
	return fmt.Sprintf("%s: %s (%s), median of %d", d.Workload.Name, counted(d.Workload.Items, "item"), d.Workload.About, d.Rounds)
}

func machineOf(d compare.Document) string {
	m := d.Machine
	parts := []string{fmt.Sprintf("%d CPUs", m.CPUs)}
	if m.CPU != "" {
		parts[0] += " (" + m.CPU + ")"
	}
	if m.Memory > 0 {
		parts = append(parts, report.Bytes(m.Memory))
	}
	return strings.Join(append(parts, m.OS+" "+m.Kernel, m.Go, fmt.Sprintf("load %.1f when it began", m.Load1), fmt.Sprintf("seed %d", d.Seed)), ", ")
}

// byKind are the arms of each kind, the fastest first, and last those that cannot be compared.
func byKind(arms []compare.Result) [][]compare.Result {
	var kinds [][]compare.Result
	for _, arm := range arms {
		i := slices.IndexFunc(kinds, func(k []compare.Result) bool { return k[0].Kind == arm.Kind })
		if i < 0 {
			i, kinds = len(kinds), append(kinds, nil)
		}
		kinds[i] = append(kinds[i], arm)
	}
	for _, kind := range kinds {
		slices.SortStableFunc(kind, func(a, b compare.Result) int {
			return cmp.Or(strings.Compare(a.Refused, b.Refused), cmp.Compare(a.Median, b.Median))
		})
	}
	return kinds
}

func armsGrid(arms []compare.Result, baseline string) report.Grid {
	g := report.Grid{Header: []string{
		"way", "in_flight", "wall", "low–high", "speed-up", "low–high", "cpu", "pss", "voluntary", "involuntary", "items/s", "failed",
		"max_rss", "faults",
	}}
	g.Right = make([]bool, len(g.Header))
	for i := 1; i < len(g.Right); i++ {
		g.Right[i] = true
	}
	for _, a := range arms {
		g.Rows = append(g.Rows, []string{
			a.Way(), strconv.Itoa(a.InFlight), report.Seconds(a.Median), span(a.Low, a.High, report.Seconds),
			speedup(a, a.Way() == baseline), span(a.RatioLow, a.RatioHigh, ratio),
			report.Seconds(a.MedianOf(compare.Sample.CPUSeconds)),
			report.Bytes(int64(a.MedianOf(func(s compare.Sample) float64 { return float64(s.SumPSSBytes) }))),
			whole(a.MedianOf(func(s compare.Sample) float64 { return float64(s.VoluntarySwitches) })),
			whole(a.MedianOf(func(s compare.Sample) float64 { return float64(s.InvoluntarySwitches) })),
			whole(a.MedianOf(func(s compare.Sample) float64 { return float64(s.Items) / s.WallSeconds })),
			whole(a.MedianOf(func(s compare.Sample) float64 { return float64(s.Failed) })),
			report.Bytes(int64(a.MedianOf(func(s compare.Sample) float64 { return float64(s.MaxRSSBytes) }))),
			whole(a.MedianOf(func(s compare.Sample) float64 { return float64(s.MajorFaults) })),
		})
	}
	return g
}

// speedup is how many times as fast an arm is as the baseline, or "~" where no difference is shown.
func speedup(a compare.Result, baseline bool) string {
	switch {
	case a.Refused != "":
		return "refused"
	case a.Ratio == nil && baseline:
		return "baseline"
	case a.Ratio == nil:
		return "-"
	case a.Difference == compare.NoneShown:
		return "~"
	}
	return ratio(*a.Ratio)
}

func span(low, high *float64, format func(float64) string) string {
	if low == nil || high == nil {
		return "-"
	}
	return format(*low) + "–" + format(*high)
}

// ratio has three significant digits: 1.00×, 38.5×.
func ratio(r float64) string {
	digits := 2
	for limit := 9.995; r >= limit && digits > 0; limit *= 10 {
		digits--
	}
	return strconv.FormatFloat(r, 'f', digits, 64) + "×"
}

func whole(f float64) string { return strconv.FormatFloat(f, 'f', 0, 64) }

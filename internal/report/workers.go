package report

import (
	"fmt"
	"strconv"
)

// WorkersGrid is the table of workers: how each ended and what it cost.
func WorkersGrid(workers []Worker) Grid {
	g := Grid{
		Header: []string{"chunk", "pid", "node", "hosts", "exit", "user", "system", "max_rss", "pss", "voluntary", "involuntary", "stderr"},
		Right:  []bool{true, true, false, true, false, true, true, true, true, true, true, false},
	}
	for _, w := range workers {
		g.Rows = append(g.Rows, []string{
			strconv.Itoa(w.Chunk),
			strconv.Itoa(w.PID),
			w.Node,
			strconv.Itoa(w.Hosts),
			ended(w),
			given(w.UserSeconds, cpuTime),
			given(w.SystemSeconds, cpuTime),
			given(w.MaxRSSBytes, Bytes),
			given(w.PSSBytes, Bytes),
			given(w.VoluntarySwitches, count),
			given(w.InvoluntarySwitches, count),
			w.Stderr,
		})
	}
	return g
}

// ended names the signal that ended w, or its exit code.
func ended(w Worker) string {
	if w.Signal != "" {
		return w.Signal
	}
	return given(w.Exit, strconv.Itoa)
}

func given[T any](value *T, format func(T) string) string {
	if value == nil {
		return "-"
	}
	return format(*value)
}

func cpuTime(seconds float64) string { return fmt.Sprintf("%.2fs", seconds) }
func count(n int64) string           { return strconv.FormatInt(n, 10) }

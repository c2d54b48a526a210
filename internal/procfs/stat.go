package procfs

import (
	"bytes"
	"errors"
	"fmt"

	"muster/internal/fleet"
)

var errNoCPU = errors.New("cpu: no line of all processors")

// maxTicks bounds each of the times of a line, so that their sum is a number.
const maxTicks = 1 << 58

// states are the columns of a line of /proc/stat that add up to all time: user, nice, system, idle, iowait, irq, softirq and
// steal. Those that follow are part of the first two. Old kernels have fewer.
const (
	states, fewestStates = 8, 4
	idleState, waitState = 3, 4
)

// parseStat reads the first line of /proc/stat (see proc_stat(5)): the times of all processors together.
func parseStat(b []byte) (fleet.CPUTimes, error) {
	columns := bytes.Fields(b)
	if len(columns) < 1+fewestStates || string(columns[0]) != "cpu" {
		return fleet.CPUTimes{}, fmt.Errorf("%w: %s", errNoCPU, quote(b))
	}
	var t fleet.CPUTimes
	for i, column := range columns[1:min(len(columns), 1+states)] {
		ticks, err := integer("cpu", column, maxTicks)
		if err != nil {
			return fleet.CPUTimes{}, err
		}
		t.Total += ticks
		if i != idleState && i != waitState {
			t.Busy += ticks
		}
	}
	return t, nil
}

// stat prints that line; it is empty where the times are not known.
func stat(t *fleet.CPUTimes) string {
	if t == nil {
		return ""
	}
	return fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0", t.Busy, t.Total-t.Busy)
}

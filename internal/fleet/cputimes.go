package fleet

// CPUTimes is how long a host's processors were busy since it was booted, and how long there were, in ticks of its kernel.
type CPUTimes struct {
	Busy  int64 `json:"busy"`
	Total int64 `json:"total"`
}

// UsedSince is how much of the time since then the processors were busy, from 0 to 100 percent; false: no time has passed, or
// the host began to count anew.
func (c CPUTimes) UsedSince(then CPUTimes) (percent float64, known bool) {
	passed, busy := c.Total-then.Total, c.Busy-then.Busy
	if then.Total < 0 || passed <= 0 || busy < 0 {
		return 0, false
	}
	return min(100, 100*float64(busy)/float64(passed)), true
}

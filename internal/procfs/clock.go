package procfs

import (
	"bytes"
	"fmt"
	"time"
)

// maxSeconds bounds a clock at the year 2242, so that differences fit into nanoseconds.
const maxSeconds = 1<<33 - 1

// clock is the time of day on a host.
type clock struct{ seconds, nanoseconds int64 }

// parseClock reads what date +%s.%N prints. BusyBox and BSD know no %N and leave something that is no number, or
// nothing: then the middle of the second is the best guess.
func parseClock(b []byte) (clock, error) {
	whole, fraction, _ := bytes.Cut(b, []byte("."))
	seconds, err := integer("seconds", whole, maxSeconds)
	if err != nil {
		return clock{}, err
	}
	if !bytes.ContainsAny(fraction, "0123456789") {
		return clock{seconds, int64(time.Second / 2)}, nil
	}
	nanoseconds, err := integer("nanoseconds", fraction, int64(time.Second)-1)
	if err == nil && len(fraction) != 9 {
		err = fmt.Errorf("nanoseconds: not nine digits: %s", quote(b))
	}
	return clock{seconds, nanoseconds}, err
}

// since returns how far c is ahead of t, in milliseconds.
func (c clock) since(t time.Time) float64 {
	return float64((c.seconds-t.Unix())*int64(time.Second)+c.nanoseconds-int64(t.Nanosecond())) / float64(time.Millisecond)
}

package script

import (
	"time"

	"muster/internal/child"
)

// How often the memory of a script is looked at: often at first, since most are short.
const (
	firstLook = 5 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

// watchMemory looks at the memory of a script and all it started, from now until peak is called, which returns the most
// that was seen, in bytes; 0: nothing was.
func watchMemory(script *child.Child) (peak func() int64) {
	stop := make(chan struct{})
	most := make(chan int64, 1)
	seen := script.Memory() // now, for it may end in no time
	go func() {
		for pause := firstLook; ; pause = min(2*pause, lastLook) {
			select {
			case <-time.After(pause):
				seen = max(seen, script.Memory())
			case <-stop:
				most <- seen
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-most
	}
}

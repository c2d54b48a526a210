package child

import (
	"bytes"
	"os"
	"strconv"
)

// oomKills is how many processes the kernel has ended for want of memory since it started, in whichever control group. 0
// where /proc does not tell.
func oomKills() int {
	text, _ := os.ReadFile("/proc/vmstat")
	for line := range bytes.Lines(text) {
		if n, found := bytes.CutPrefix(line, []byte("oom_kill ")); found {
			kills, _ := strconv.Atoi(string(bytes.TrimSpace(n)))
			return kills
		}
	}
	return 0
}

package tree

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory is what processes hold together, in bytes: what several share is shared out among them. Of a process that keeps
// others from looking, as muster does from all but root, it is all that is resident, which is more.
func Memory(processes []Process) int64 {
	var sum int64
	for _, p := range processes {
		if n := field(p.PID, "smaps_rollup", "Pss:"); n > 0 {
			sum += n
		} else {
			sum += field(p.PID, "status", "VmRSS:")
		}
	}
	return sum
}

// field reads one of a size in kB from a file of /proc, in bytes; it is 0 where there is none.
func field(pid int, file, name string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

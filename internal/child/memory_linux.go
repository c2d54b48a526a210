package child

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Memory is how many bytes the child and all its descendants have resident now, those they share counted for each. It is
// 0 once the child has ended, and where /proc does not tell.
func (c *Child) Memory() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped { // its number may be a stranger's
		return 0
	}
	var pages int64
	seen := map[int]bool{} // a number that is reused during the walk must not lead it in a circle
	for found := []int{c.Pid()}; len(found) > 0; {
		pid := found[len(found)-1]
		found = found[:len(found)-1]
		if !seen[pid] {
			seen[pid] = true
			pages += resident(pid)
			found = append(found, children(pid)...)
		}
	}
	return pages * int64(os.Getpagesize())
}

// resident is in pages.
func resident(pid int) int64 {
	statm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := bytes.Fields(statm)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages
}

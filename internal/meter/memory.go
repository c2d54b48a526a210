// Package meter reads from the kernel what this process holds and what the machine waits for.
package meter

import (
	"bytes"
	"os"
	"strconv"
)

// PeakRSS is the most that this process has had resident, in bytes; 0 where /proc does not tell. Unlike the kernel's
// ru_maxrss it owes nothing to the parent of the process.
func PeakRSS() int64 { return kilobytes("/proc/self/status", "VmHWM:") }

// PSS is what this process has resident now, in bytes, pages that several processes share divided among them; 0 where
// /proc does not tell.
func PSS() int64 { return kilobytes("/proc/self/smaps_rollup", "Pss:") }

// TotalMemory is what the machine has, in bytes; 0 where /proc does not tell.
func TotalMemory() int64 { return kilobytes("/proc/meminfo", "MemTotal:") }

// kilobytes reads the line `name N kB` of a file in /proc, in bytes; 0 where there is none.
func kilobytes(file, name string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name {
			kb, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			return kb << 10
		}
	}
	return 0
}

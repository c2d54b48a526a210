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

// Share is what of the memory of the machine is a process's own, in bytes; 0 where /proc does not tell.
type Share struct {
	PSS       int64 // all it has resident, pages that several processes have divided among them
	Anonymous int64 // of it, what comes from no file: its heap and stacks, which nobody shares
}

// Files is the part that is of files, as of its program, which other processes of the same program have a part of too. It
// grows when those end.
func (s Share) Files() int64 { return s.PSS - s.Anonymous }

// ReadShare reads what this process has now.
func ReadShare() Share {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return Share{}
	}
	return Share{PSS: kilobytesIn(text, "Pss:"), Anonymous: kilobytesIn(text, "Anonymous:")}
}

// TotalMemory is what the machine has, in bytes; 0 where /proc does not tell.
func TotalMemory() int64 { return kilobytes("/proc/meminfo", "MemTotal:") }

// kilobytes reads the line `name N kB` of a file in /proc, in bytes; 0 where there is none.
func kilobytes(file, name string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	return kilobytesIn(text, name)
}

func kilobytesIn(text []byte, name string) int64 {
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name {
			kb, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			return kb << 10
		}
	}
	return 0
}

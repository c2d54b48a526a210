package meter

import (
	"bytes"
	"os"
	"strconv"
)

// Kernel is the kernel's release; empty where /proc does not tell.
func Kernel() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return string(bytes.TrimSpace(release))
}

// CPUModel is what the first processor calls itself; empty where /proc does not tell.
func CPUModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(text) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// Load1 is the load average of the last minute; 0 where /proc does not tell.
func Load1() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := bytes.Cut(text, []byte(" "))
	load, _ := strconv.ParseFloat(string(first), 64)
	return load
}

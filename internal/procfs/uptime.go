package procfs

import "bytes"

// parseUptime reads the first number of /proc/uptime (see proc_uptime(5)): seconds since the host was booted.
func parseUptime(b []byte) (float64, error) {
	seconds, _, _ := bytes.Cut(b, []byte(" "))
	return decimal("uptime_seconds", seconds)
}

package procfs

import (
	"bytes"
	"fmt"
)

// maxCPUs bounds a processor's number; Linux has at most 8,192 of them.
const maxCPUs = 1<<16 - 1

// parseOnline counts the processors of /sys/devices/system/cpu/online, a list of ranges in rising order: "0-3,8".
func parseOnline(b []byte) (int, error) {
	count, next := 0, int64(0)
	for part := range bytes.SplitSeq(b, []byte(",")) {
		low, high, ranged := bytes.Cut(part, []byte("-"))
		if !ranged {
			high = low
		}
		first, err := integer("cpus", low, maxCPUs)
		if err != nil {
			return 0, err
		}
		last, err := integer("cpus", high, maxCPUs)
		if err != nil {
			return 0, err
		}
		if first < next || last < first {
			return 0, fmt.Errorf("cpus: not in rising order: %s", quote(b))
		}
		count += int(last - first + 1)
		next = last + 1
	}
	return count, nil
}

// parseProcessors reads the number of processors' lines in /proc/stat, for hosts without sysfs.
func parseProcessors(b []byte) (int, error) {
	n, err := integer("cpus", b, maxCPUs)
	if err == nil && n == 0 {
		err = fmt.Errorf("cpus: none: %s", quote(b))
	}
	return int(n), err
}

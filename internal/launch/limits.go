package launch

import "syscall"

// MaxFiles is how many descriptors this process, and each worker it launches, may have open.
func MaxFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024 // what every system allows
	}
	return int(min(limit.Cur, 1<<20))
}

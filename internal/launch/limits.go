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

// Of what execve(2) says about arguments, in bytes. The system takes a quarter of the stack's limit, no less than the
// first and, under Linux, no more than the second.
const (
	leastArgs = 128 << 10
	mostArgs  = 6 << 20
	spareArgs = 4 << 10 // for what the loader adds, and a script's own environment
)

// MaxArgs is how many bytes, each counted by ArgSize, the arguments and the environment of a program may have together.
func MaxArgs() int {
	most := uint64(leastArgs)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &limit); err == nil {
		most = min(max(limit.Cur/4, leastArgs), mostArgs)
	}
	return int(most) - spareArgs
}

// ArgSize is how many bytes a word takes among the arguments or in the environment: itself, its end, and where it is.
func ArgSize(word string) int { return len(word) + 1 + 8 }

package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

// takeStdin returns standard input, read so that a wait for the parent costs no more than a wait for the network does. A
// Read that blocks in the kernel occupies a thread, and each time one does the runtime's monitor wakes up some fifty
// times: with little work for each host that was a tenth of all CPU. The pipe is opened anew, so that whoever has its other
// descriptors finds them as they were. What is no pipe, or cannot be opened, is read as it is.
func takeStdin() *os.File {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Stdin
	}
	input, err := os.OpenFile("/proc/self/fd/0", os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return os.Stdin
	}
	return input
}

package worker

import (
	"os"
	"runtime/debug"

	"muster/internal/wire"
)

// What a worker that logs in to hosts may need, in bytes: 32 MiB, 4.5 MiB a host in flight, and 64 KiB a connection that waits. The SSH library holds for each
// up to a window of 2 MiB that was not read and a packet of 256 KiB, and the collector lets as much garbage lie as there is live.
const (
	memoryOfProgram = 8 << 20                  // mapped from its file, which the collector knows nothing of
	memoryOfWorker  = 32<<20 - memoryOfProgram // besides
	memoryOfHost    = 9 << 19                  // 4.5 MiB
	memoryOfKept    = 64 << 10                 // a connection on which nothing is under way
)

// limitMemory has the collector work harder before this process holds more than it may need: hosts that flood us are then
// not also the reason why the kernel runs out of memory. It is a soft limit. One that the user has set in GOMEMLIMIT stands,
// and what works on no hosts needs what it needs.
func limitMemory(job wire.Job) {
	if len(job.Logins) > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryOfWorker + int64(job.Fanout)*memoryOfHost + int64(job.Keep)*memoryOfKept + int64(len(job.Input)))
	}
}

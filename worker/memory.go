package worker

import (
	"os"
	"runtime/debug"

	"muster/internal/wire"
)

// What a worker that logs in to hosts may need, in bytes: 32 MiB, 4.5 MiB a host in flight, and 64 KiB a connection that waits. The SSH library holds for each
// up to a window of 2 MiB that was not read and a packet of 256 KiB, and as much again may be garbage.
const (
	memoryOfProgram = 8 << 20                  // mapped from its file, which the collector knows nothing of
	memoryOfWorker  = 32<<20 - memoryOfProgram // besides
	memoryOfHost    = 9 << 19                  // 4.5 MiB
	memoryOfKept    = 64 << 10                 // a connection on which nothing is under way
)

// garbage is how much garbage the collector lets lie, in percent of what is live, as long as there is room: a handshake makes
// much of it, and twice as much memory, some 12 MiB more, saves some 4 % of the CPU.
const garbage = 400

// limitMemory has the collector work harder before this process holds more than it may need: hosts that flood us are then
// not also the reason why the kernel runs out of memory. Before that it works less. It is a soft limit. One that the user has
// set in GOMEMLIMIT stands, as does GOGC, and what works on no hosts needs what it needs.
func limitMemory(job wire.Job) {
	if len(job.Logins) == 0 {
		return
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryOfWorker + int64(job.Fanout)*memoryOfHost + int64(job.Keep)*memoryOfKept + int64(len(job.Input)))
	}
}

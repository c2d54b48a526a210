package compare

import (
	"runtime"
	"time"

	"muster/internal/meter"
)

// Machine is where the samples were taken, and with what.
type Machine struct {
	OS        string    `json:"os"`
	Arch      string    `json:"arch"`
	Kernel    string    `json:"kernel,omitempty"`
	CPU       string    `json:"cpu,omitempty"` // its model
	CPUs      int       `json:"cpus"`
	MaxProcs  int       `json:"gomaxprocs"` // of them that a process of muster uses
	Memory    int64     `json:"mem_total_bytes,omitempty"`
	MaxFiles  int       `json:"max_files"` // descriptors that a process may have open
	Go        string    `json:"go"`
	Version   string    `json:"muster"`
	Load1     float64   `json:"load1"` // when it began
	StartedAt time.Time `json:"started_at"`
}

// ThisMachine describes this one, now.
func ThisMachine(version string, maxFiles int) Machine {
	return Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Kernel: meter.Kernel(), CPU: meter.CPUModel(), CPUs: runtime.NumCPU(),
		MaxProcs: runtime.GOMAXPROCS(0), Memory: meter.TotalMemory(), MaxFiles: maxFiles, Go: runtime.Version(),
		Version: version, Load1: meter.Load1(), StartedAt: time.Now().UTC(),
	}
}

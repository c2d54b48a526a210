package fleet

// Reading is what one visit learned of a host. A nil field was not there to be read: absent is never zero.
type Reading struct {
	ClockOffsetMS *float64 `json:"clock_offset_ms,omitempty"` // host's clock less ours at the middle of the exchange, milliseconds
	OS            string   `json:"os,omitempty"`              // uname -s
	Kernel        string   `json:"kernel,omitempty"`          // uname -r
	BootID        string   `json:"boot_id,omitempty"`         // /proc/sys/kernel/random/boot_id
	UptimeSeconds *float64 `json:"uptime_seconds,omitempty"`

	CPUs         *int     `json:"cpus,omitempty"` // online
	Load1        *float64 `json:"load1,omitempty"`
	Load5        *float64 `json:"load5,omitempty"`
	Load15       *float64 `json:"load15,omitempty"`
	Load1PerCPU  *float64 `json:"load1_per_cpu,omitempty"` // Load1 / CPUs
	ProcsRunning *int     `json:"procs_running,omitempty"` // runnable scheduling entities
	ProcsTotal   *int     `json:"procs_total,omitempty"`   // existing scheduling entities

	MemTotalBytes     *int64   `json:"mem_total_bytes,omitempty"`
	MemAvailableBytes *int64   `json:"mem_available_bytes,omitempty"`
	MemUsedBytes      *int64   `json:"mem_used_bytes,omitempty"`   // total - available
	MemUsedPercent    *float64 `json:"mem_used_percent,omitempty"` // 100 × used / total
	MemEstimated      *bool    `json:"mem_estimated,omitempty"`    // the kernel gives no MemAvailable: it was worked out

	SwapTotalBytes  *int64   `json:"swap_total_bytes,omitempty"`
	SwapUsedBytes   *int64   `json:"swap_used_bytes,omitempty"`
	SwapUsedPercent *float64 `json:"swap_used_percent,omitempty"` // absent where there is no swap

	PSICPUSomeAvg10    *float64 `json:"psi_cpu_some_avg10,omitempty"` // percent of the last 10 s, see the kernel's accounting/psi
	PSIMemorySomeAvg10 *float64 `json:"psi_memory_some_avg10,omitempty"`
	PSIIOSomeAvg10     *float64 `json:"psi_io_some_avg10,omitempty"`

	CPU *CPUTimes `json:"-"` // of a host that is watched
}

package procfs

import (
	"bytes"
	"errors"
	"fmt"

	"muster/internal/fleet"
)

// maxKB bounds every size at an exbibyte, so that sums of a few cannot overflow.
const maxKB = 1 << 50

// memory is what /proc/meminfo says, in kB. Nil is absent.
type memory struct {
	total, available    int64 // available is at most total
	estimated           bool
	swapTotal, swapFree *int64 // swapFree is at most swapTotal; both or neither
}

// parseMeminfo reads /proc/meminfo (see proc_meminfo(5)). The order of its lines does not matter, and lines that are
// not needed are not looked at: the table that stands first up to Linux 2.4 is passed over that way.
func parseMeminfo(b []byte) (memory, error) {
	sizes := map[string]*int64{
		"MemTotal": nil, "MemFree": nil, "MemAvailable": nil, "Buffers": nil, "Cached": nil, "SReclaimable": nil,
		"Shmem": nil, "SwapTotal": nil, "SwapFree": nil,
	}
	for line := range bytes.Lines(b) {
		name, value, found := bytes.Cut(line, []byte(":"))
		known, needed := sizes[string(name)]
		if !found || !needed {
			continue
		}
		if known != nil {
			return memory{}, fmt.Errorf("%s: twice: %s", name, quote(line))
		}
		fields := bytes.Fields(value)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			return memory{}, fmt.Errorf("%s: not a size in kB: %s", name, quote(value))
		}
		size, err := integer(string(name), fields[0], maxKB)
		if err != nil {
			return memory{}, err
		}
		sizes[string(name)] = &size
	}
	return newMemory(sizes)
}

// newMemory checks the sizes against each other. A kernel before 3.14 has no MemAvailable, and a container may show
// its own MemTotal beside the machine's MemAvailable: for both it is worked out.
func newMemory(kB map[string]*int64) (memory, error) {
	total := kB["MemTotal"]
	if total == nil || *total == 0 {
		return memory{}, errors.New("MemTotal: missing or zero")
	}
	m := memory{total: *total}
	if available := kB["MemAvailable"]; available != nil && *available <= m.total {
		m.available = *available
	} else if kB["MemFree"] == nil {
		return memory{}, errors.New("MemAvailable: missing or more than MemTotal, and no MemFree to work it out")
	} else {
		m.available, m.estimated = estimate(kB), true
	}
	swapTotal, swapFree := kB["SwapTotal"], kB["SwapFree"]
	if swapTotal != nil && swapFree != nil {
		if *swapFree > *swapTotal {
			return memory{}, fmt.Errorf("SwapFree: %d kB is more than SwapTotal", *swapFree)
		}
		m.swapTotal, m.swapFree = swapTotal, swapFree
	}
	return m, nil
}

// estimate stands in for MemAvailable: what is free, and the caches that can be given up, of which shared memory,
// counted in Cached, cannot. It is what free(1) showed before there was a MemAvailable, and rather too high.
func estimate(kB map[string]*int64) int64 {
	var sum int64
	for _, name := range []string{"MemFree", "Buffers", "Cached", "SReclaimable"} {
		if size := kB[name]; size != nil {
			sum += *size
		}
	}
	if shared := kB["Shmem"]; shared != nil {
		sum -= *shared
	}
	return min(max(sum, 0), *kB["MemTotal"])
}

// fill writes the memory's fields of r, in bytes, and those worked out from them.
func (m memory) fill(r *fleet.Reading) {
	total, used := m.total*1024, (m.total-m.available)*1024
	r.MemTotalBytes, r.MemAvailableBytes, r.MemUsedBytes = new(total), new(total-used), new(used)
	r.MemUsedPercent, r.MemEstimated = new(percent(used, total)), new(m.estimated)
	if m.swapTotal == nil {
		return
	}
	total, used = *m.swapTotal*1024, (*m.swapTotal-*m.swapFree)*1024
	r.SwapTotalBytes, r.SwapUsedBytes = new(total), new(used)
	if total > 0 {
		r.SwapUsedPercent = new(percent(used, total))
	}
}

func percent(part, whole int64) float64 { return 100 * float64(part) / float64(whole) }

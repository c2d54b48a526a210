package procfs

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"muster/internal/fleet"
)

// Format prints what the snippet with this sentinel prints, at the time now, on a host with reading r. Parsing that
// gives r again, as far as r is what a host can say: loads and the like with two decimals, sizes in whole kB, at least
// the loads and the size of memory, and the derived fields as Parse derives them.
func Format(r fleet.Reading, sentinel string, now time.Time) []byte {
	var b bytes.Buffer
	put := func(name, body string) {
		if body != "" {
			fmt.Fprintf(&b, "%s %s\n%s\n", sentinel, name, strings.TrimSuffix(body, "\n"))
		}
	}
	fmt.Fprintln(&b, sentinel, sectionBegin)
	put(sectionUname, strings.TrimSpace(r.OS+" "+r.Kernel))
	put(sectionBootID, r.BootID)
	if r.UptimeSeconds != nil {
		put(sectionUptime, fmt.Sprintf("%.2f %.2[1]f", *r.UptimeSeconds))
	}
	put(sectionLoadavg, Loadavg(r))
	if r.CPUs != nil {
		put(sectionOnline, fmt.Sprintf("0-%d", *r.CPUs-1))
	}
	put(sectionPSICPU, pressure(r.PSICPUSomeAvg10))
	put(sectionPSIMemory, pressure(r.PSIMemorySomeAvg10))
	put(sectionPSIIO, pressure(r.PSIIOSomeAvg10))
	put(sectionMeminfo, Meminfo(r))
	if r.ClockOffsetMS != nil {
		t := now.Add(time.Duration(math.Round(*r.ClockOffsetMS * float64(time.Millisecond))))
		put(sectionClock, fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()))
	}
	put(sectionStat, stat(r.CPU))
	fmt.Fprintln(&b, sentinel, sectionEnd)
	return b.Bytes()
}

// Loadavg returns /proc/loadavg as a host with reading r has it; it is empty where r has no loads.
func Loadavg(r fleet.Reading) string {
	if r.Load1 == nil || r.Load5 == nil || r.Load15 == nil {
		return ""
	}
	loads := fmt.Sprintf("%.2f %.2f %.2f", *r.Load1, *r.Load5, *r.Load15)
	if r.ProcsRunning == nil || r.ProcsTotal == nil {
		return loads + "\n"
	}
	return fmt.Sprintf("%s %d/%d %d\n", loads, *r.ProcsRunning, *r.ProcsTotal, *r.ProcsTotal)
}

// Meminfo returns the lines of /proc/meminfo that Parse needs, as a host with reading r has them; it is empty where r
// does not know the memory's size. Where the available memory was estimated, the estimate is all in MemFree.
func Meminfo(r fleet.Reading) string {
	if r.MemTotalBytes == nil || r.MemAvailableBytes == nil {
		return ""
	}
	var b strings.Builder
	size := func(name string, bytes int64) { fmt.Fprintf(&b, "%-15s %8d kB\n", name+":", bytes/1024) }
	size("MemTotal", *r.MemTotalBytes)
	size("MemFree", *r.MemAvailableBytes)
	if r.MemEstimated == nil || !*r.MemEstimated {
		size("MemAvailable", *r.MemAvailableBytes)
	}
	if r.SwapTotalBytes != nil && r.SwapUsedBytes != nil {
		size("SwapTotal", *r.SwapTotalBytes)
		size("SwapFree", *r.SwapTotalBytes-*r.SwapUsedBytes)
	}
	return b.String()
}

// pressure prints a file of /proc/pressure; it is empty where there is none.
func pressure(avg10 *float64) string {
	if avg10 == nil {
		return ""
	}
	return fmt.Sprintf("some avg10=%.2f avg60=%.2[1]f avg300=%.2[1]f total=0", *avg10)
}

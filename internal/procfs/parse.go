package procfs

import (
	"errors"
	"time"

	"muster/internal/fleet"
)

var (
	errNoLoadavg = errors.New("no /proc/loadavg (is it Linux?)")
	errNoMeminfo = errors.New("no /proc/meminfo")
)

// Parse reads what the snippet with this sentinel printed. At is when, by our clock, the last of it left the
// host, which is when the host read its clock. The loads and the size of memory are required; all else is left nil where
// the host does not say. Errors name the field and quote at most 64 bytes of it.
func Parse(sentinel string, stdout []byte, at time.Time) (fleet.Reading, error) {
	text, err := sections(sentinel, stdout)
	if err != nil {
		return fleet.Reading{}, err
	}
	id := section(text, sectionUname, parseUname, &err)
	bootID := section(text, sectionBootID, parseBootID, &err)
	uptime := section(text, sectionUptime, parseUptime, &err)
	load := section(text, sectionLoadavg, parseLoadavg, &err)
	cpus := section(text, sectionOnline, parseOnline, &err)
	if cpus == nil {
		cpus = section(text, sectionProcessors, parseProcessors, &err)
	}
	clock := section(text, sectionClock, parseClock, &err)
	psiCPU := section(text, sectionPSICPU, parsePressure, &err)
	psiMemory := section(text, sectionPSIMemory, parsePressure, &err)
	psiIO := section(text, sectionPSIIO, parsePressure, &err)
	cpu := section(text, sectionStat, parseStat, &err)
	mem := section(text, sectionMeminfo, parseMeminfo, &err)
	switch {
	case err != nil:
		return fleet.Reading{}, err
	case load == nil:
		return fleet.Reading{}, errNoLoadavg
	case mem == nil:
		return fleet.Reading{}, errNoMeminfo
	}

	r := fleet.Reading{
		UptimeSeconds: uptime, CPUs: cpus,
		Load1: &load.one, Load5: &load.five, Load15: &load.fifteen,
		ProcsRunning: load.running, ProcsTotal: load.total,
		PSICPUSomeAvg10: psiCPU, PSIMemorySomeAvg10: psiMemory, PSIIOSomeAvg10: psiIO,
		CPU: cpu,
	}
	if id != nil {
		r.OS, r.Kernel = id.os, id.kernel
	}
	if bootID != nil {
		r.BootID = *bootID
	}
	if cpus != nil {
		r.Load1PerCPU = new(load.one / float64(*cpus))
	}
	if clock != nil {
		r.ClockOffsetMS = new(clock.since(at))
	}
	mem.fill(&r)
	return r, nil
}

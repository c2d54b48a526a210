package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"muster/internal/fleet"
)

const gib = 1 << 30

// system is a kind of machine that is found in fleets.
type system struct {
	kernel    string
	share     float64 // of all hosts
	pressure  bool    // it has /proc/pressure
	estimated bool    // it has no MemAvailable
}

func systems() []system {
	return []system{
		{kernel: "6.12.48+deb13-amd64", share: 0.45, pressure: true},
		{kernel: "6.8.0-85-generic", share: 0.35, pressure: true},
		{kernel: "5.14.0-570.el9.x86_64", share: 0.17},
		{kernel: "2.6.32-754.el6.x86_64", share: 0.03, estimated: true},
	}
}

// reading is what host i of the seed's fleet says: equal arguments, equal readings. The proportions are those of a
// mixed fleet: most hosts half idle, one in twenty with more to run than it has processors.
func reading(seed uint64, i int) fleet.Reading {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	system := pick(rng)
	cpus := 2 << rng.IntN(7)
	r := fleet.Reading{
		ClockOffsetMS: new(math.Round(rng.NormFloat64()*4e6) / 1e6),
		OS:            "Linux",
		Kernel:        system.kernel,
		BootID:        bootID(rng),
		UptimeSeconds: new(hundredths(math.Exp(8 + 9*rng.Float64()))),
		CPUs:          new(cpus),
		MemEstimated:  new(system.estimated),
	}
	load(&r, rng, float64(cpus))
	memory(&r, rng, int64(cpus))
	if system.pressure {
		busy := *r.Load1 / float64(cpus)
		r.PSICPUSomeAvg10 = new(hundredths(min(100, 20*busy*busy*(0.5+rng.Float64()))))
		r.PSIMemorySomeAvg10 = new(hundredths(max(0, *r.MemUsedPercent-90) * rng.Float64()))
		r.PSIIOSomeAvg10 = new(hundredths(min(100, 0.8*rng.ExpFloat64())))
	}
	return r
}

func pick(rng *rand.Rand) system {
	all := systems()
	at := rng.Float64()
	for _, s := range all {
		if at -= s.share; at < 0 {
			return s
		}
	}
	return all[0]
}

// bootID is a random UUID, version 4.
func bootID(rng *rand.Rand) string {
	high, low := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x",
		high>>32, high>>16&0xffff, high&0xfff, 0x8000|low>>48&0x3fff, low&0xffffffffffff)
}

func load(r *fleet.Reading, rng *rand.Rand, cpus float64) {
	busy := 0.05 + 0.8*rng.Float64()*rng.Float64()
	if rng.IntN(20) == 0 {
		busy = 1 + rng.ExpFloat64()
	}
	at := func() *float64 { return new(hundredths(cpus * busy * (0.9 + 0.2*rng.Float64()))) }
	r.Load1, r.Load5, r.Load15 = at(), at(), at()
	r.Load1PerCPU = new(*r.Load1 / cpus)
	r.ProcsRunning = new(1 + int(*r.Load1))
	r.ProcsTotal = new(120 + 12*int(cpus) + rng.IntN(400) + *r.ProcsRunning)
}

// memory gives 2 to 8 GiB a processor, less what the kernel keeps for itself, and swap to three hosts in five.
func memory(r *fleet.Reading, rng *rand.Rand, cpus int64) {
	total := kB(float64(cpus<<(1+rng.IntN(3))) * gib * (0.96 + 0.02*rng.Float64()))
	used := kB(float64(total) * (0.08 + 0.9*math.Sqrt(rng.Float64()*rng.Float64())))
	r.MemTotalBytes, r.MemUsedBytes, r.MemAvailableBytes = new(total), new(used), new(total-used)
	r.MemUsedPercent = new(100 * float64(used) / float64(total))

	total, used = 0, 0
	if rng.IntN(5) < 3 {
		total = gib << (1 + rng.IntN(3))
		used = kB(float64(total) * max(0, rng.Float64()-0.6))
		r.SwapUsedPercent = new(100 * float64(used) / float64(total))
	}
	r.SwapTotalBytes, r.SwapUsedBytes = new(total), new(used)
}

// ticks is how long the processors of a host with reading r have been busy by now: as much as its load says, at most all of
// them, in hundredths of a second.
func (f *Fleet) ticks(r fleet.Reading) *fleet.CPUTimes {
	total := 100 * float64(*r.CPUs) * (*r.UptimeSeconds + time.Since(f.started).Seconds())
	return &fleet.CPUTimes{Busy: int64(total * min(*r.Load1PerCPU, 1)), Total: int64(total)}
}

// hundredths rounds to two decimals, as the kernel prints.
func hundredths(v float64) float64 { return math.Round(v*100) / 100 }

// kB rounds bytes down to whole kB, as the kernel counts.
func kB(bytes float64) int64 { return int64(bytes) &^ 1023 }

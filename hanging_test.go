package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// F31: one host in twenty hangs. The run takes no longer than one without them and the time that they have, as often as all in
// flight hang at once.
func TestF31HangingHosts(t *testing.T) {
	t.Parallel()
	hosts := tier.Times(200, 2000, 2000)
	if tier.Race {
		hosts = 200
	}
	const inFlight, patience = 64, 3 * time.Second
	hang := hosts / 20
	args := []string{"-n", "2", "-f", "32", "-t", patience.String(), "-o", "json"}
	config := simulate.Config{Hosts: hosts, Latency: time.Millisecond}
	well := simulateFleet(t, config).collect(t, args...)
	config.Faults = []simulate.Fault{{Kind: simulate.Silent, Count: hang}}
	sim := simulateFleet(t, config)

	// At once, so that what else the machine does is the same for both.
	began, took := time.Now(), make(chan time.Duration, 1)
	if err := well.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		well.Wait()
		took <- time.Since(began)
	}()
	d := run(t, sim.collect(t, args...)).parse(t, sim.labels)
	disturbed, undisturbed := time.Since(began), <-took
	if !well.ProcessState.Success() {
		t.Errorf("without hanging hosts: %v", well.ProcessState)
	}
	if d.Summary.ByStatus[fleet.StatusTimeout] != hang || d.Summary.ByStatus[fleet.StatusOK] != hosts-hang {
		t.Errorf("%v", d.Summary.ByStatus)
	}
	rounds := time.Duration(math.Ceil(float64(hang) / inFlight))
	if most := 2*undisturbed + rounds*patience + 2*time.Second; disturbed > most { // twice, since they are not slowed down alike
		t.Errorf("%v, undisturbed %v: at most %v", disturbed, undisturbed, most)
	}
}

// F4: hosts that accept and then say nothing cost their own time alone: all others are done while those still have some.
func TestF4SilenceDelaysNobody(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 100, Faults: []simulate.Fault{{Kind: simulate.Silent, Count: 20}}})
	r := run(t, sim.collect(t, "-n", "2", "-f", "32", "-t", "5s", "-o", "ndjson"))
	statuses := strings.Repeat(string(fleet.StatusOK)+" ", 80) + strings.Repeat(string(fleet.StatusTimeout)+" ", 20)
	var got strings.Builder
	for line := range strings.Lines(r.stdout) {
		var h fleet.Outcome
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatal(err)
		}
		got.WriteString(string(h.Status) + " ")
	}
	if got.String() != statuses {
		t.Errorf("in this order: %s", &got)
	}
}

// F26: every host in flight prints without end at once. Each is hung up on, and memory keeps its bounds.
func TestF26AllFlood(t *testing.T) {
	const hosts, inFlight = 64, 32
	sim := simulateFleet(t, simulate.Config{Hosts: hosts, Faults: []simulate.Fault{{Kind: simulate.Endless, Count: hosts}}})
	d := run(t, sim.collect(t, "-n", "1", "-f", "32", "-o", "json")).parse(t, sim.labels)
	if d.Summary.ByStatus[fleet.StatusOutput] != hosts || d.ExitCode != 5 {
		t.Errorf("exit code %d, %v", d.ExitCode, d.Summary.ByStatus)
	}
	if tier.Race {
		return // which takes memory of its own
	}
	if worker, most := d.Workers[0].MaxRSSBytes, int64(32<<20+inFlight*45<<20/10); worker == nil || *worker > most {
		t.Errorf("the worker had %d bytes, at most %d", worker, most)
	}
	if most := int64(64 << 20); d.Run.MaxRSSBytes > most {
		t.Errorf("the parent had %d MiB", d.Run.MaxRSSBytes>>20)
	}
}

// within checks that a host's visit took at least as long as its limit, and no more than two seconds longer.
func within(t *testing.T, h hostRecord, limitMS float64) {
	t.Helper()
	if ms := *h.DurationMS; ms < limitMS || ms > limitMS+2000 {
		t.Errorf("%s: %v ms, limit %v ms", h.Host, ms, limitMS)
	}
}

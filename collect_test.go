package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/strategy"
)

// What is reported of a host is exactly what the host said, whichever way the work was split.
func TestCollectReadsWhatHostsSay(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 60, Seed: 7})
	for _, name := range strategy.Names() {
		t.Run(name, func(t *testing.T) {
			d := run(t, sim.collect(t, "-o", "json", "--strategy", name)).parse(t, sim.labels)
			if d.ExitCode != 0 || d.Run.Strategy != name {
				t.Errorf("exit code %d (%s), strategy %s", d.ExitCode, d.ExitReason, d.Run.Strategy)
			}
			for i, got := range d.Hosts {
				want := sim.hosts[i].Reading
				got.ClockOffsetMS, want.ClockOffsetMS = nil, nil // what is measured is never what was simulated
				if diff := cmp.Diff(want, got.Reading); diff != "" {
					t.Errorf("%s: want -, got +\n%s", got.Host, diff)
				}
				if got.Status != fleet.StatusOK || got.Attempts != 1 || got.WorkerPID == 0 || *got.DurationMS <= 0 || *got.ConnectMS <= 0 {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

// faultTable is the table of fault kinds of the command line's contract.
var faultTable = map[simulate.Kind]struct {
	status fleet.Status
	phase  fleet.Phase
}{
	"":                    {fleet.StatusOK, ""},
	simulate.Slow:         {fleet.StatusOK, ""},
	simulate.Refuse:       {fleet.StatusRefused, fleet.PhaseConnect},
	simulate.Silent:       {fleet.StatusTimeout, fleet.PhaseBanner},
	simulate.BannerStall:  {fleet.StatusTimeout, fleet.PhaseBanner},
	simulate.BannerDrip:   {fleet.StatusTimeout, fleet.PhaseBanner},
	simulate.NotSSH:       {fleet.StatusProtocol, fleet.PhaseBanner},
	simulate.Close:        {fleet.StatusClosed, fleet.PhaseBanner},
	simulate.KexStall:     {fleet.StatusTimeout, fleet.PhaseKex},
	simulate.AuthRefuse:   {fleet.StatusAuth, fleet.PhaseAuth},
	simulate.WrongKey:     {fleet.StatusHostKey, fleet.PhaseKex},
	simulate.SessionStall: {fleet.StatusTimeout, fleet.PhaseSession},
	simulate.ExecStall:    {fleet.StatusTimeout, fleet.PhaseExec},
	simulate.Exit:         {fleet.StatusExit, fleet.PhaseExec},
	simulate.Endless:      {fleet.StatusOutput, fleet.PhaseOutput},
	simulate.Garbage:      {fleet.StatusParse, fleet.PhaseOutput},
	simulate.Escape:       {fleet.StatusParse, fleet.PhaseOutput},
	simulate.Reset:        {fleet.StatusClosed, fleet.PhaseOutput},
	simulate.Poison:       {fleet.StatusLost, ""},
}

// Every kind of fault among a thousand hosts has its status and phase, and costs only the hosts that have it.
func TestEveryFaultKindAmongAThousandHosts(t *testing.T) {
	t.Parallel()
	var faults []simulate.Fault
	for _, kind := range simulate.Kinds() {
		faults = append(faults, simulate.Fault{Kind: kind, Count: 3})
	}
	sim := simulateFleet(t, simulate.Config{Hosts: 1000, Seed: 3, Faults: faults, Poison: true})
	began := time.Now()
	r := run(t, sim.collect(t, "-o", "json", "-n", "4", "-f", "16", "-t", "6s", "-u", "5s", "--retries", "0"))
	d := r.parse(t, sim.labels)
	for i, got := range d.Hosts {
		kind := sim.hosts[i].Fault
		want := faultTable[kind]
		if got.Status != want.status || got.Phase != want.phase {
			t.Errorf("%s (%s): %s, phase %q, want %s, phase %q: %s", got.Host, kind, got.Status, got.Phase, want.status, want.phase, got.Error)
		}
		if kind == simulate.Exit && !strings.Contains(got.Error, "7") {
			t.Errorf("%s: %s", got.Host, got.Error)
		}
		if kind == simulate.Slow && *got.DurationMS < 2000 {
			t.Errorf("%s: slow in %v ms", got.Host, *got.DurationMS)
		}
	}
	if r.code != 3 {
		t.Errorf("exit code %d", r.code)
	}
	// Both limits of those that hang, one after the other, with the solitude that poison asks for: far from the time
	// that any host could take by itself.
	if took := time.Since(began); took > 60*time.Second {
		t.Errorf("took %v", took)
	}
}

// A fleet whose text is hostile cannot write on the terminal nor forge a row, in any format.
func TestHostileTextIsInert(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 20, Faults: []simulate.Fault{{Kind: simulate.Escape, Count: 5}, {Kind: simulate.NotSSH, Count: 5}}})
	for _, format := range []string{"table", "json", "ndjson", "csv"} {
		r := run(t, sim.collect(t, "-o", format, "-v"))
		for _, text := range []string{r.stdout, r.stderr} {
			for i, c := range []byte(text) {
				if c < ' ' && c != '\n' || c == 0x7f {
					t.Fatalf("%s: byte %#x at %d in %q", format, c, i, text[max(0, i-40):min(len(text), i+40)])
				}
			}
			for _, mark := range []string{"\u202e", "\u009b"} {
				if strings.Contains(text, mark) {
					t.Errorf("%s: %+q is there raw", format, mark)
				}
			}
		}
		if lines := strings.Count(r.stdout, "\n"); (format == "ndjson" || format == "csv") && lines != 20+map[string]int{"csv": 1}[format] {
			t.Errorf("%s: %d lines\n%s", format, lines, r.stdout)
		}
	}
}

// The worker of a run is a process for every chunk, and the report says which did what.
func TestReportNamesWorkers(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 12})
	d := run(t, sim.collect(t, "-o", "json", "-n", "3", "--partition", "block")).parse(t, sim.labels)
	if len(d.Workers) != 3 {
		t.Fatalf("%d workers", len(d.Workers))
	}
	for chunk, w := range d.Workers {
		if w.Chunk != chunk || w.Hosts != 4 || w.Exit == nil || *w.Exit != 0 || w.UserSeconds == nil || w.VoluntarySwitches == nil {
			t.Errorf("%+v", w)
		}
		for i := range 4 {
			if h := d.Hosts[chunk*4+i]; h.Chunk != chunk || h.WorkerPID != w.PID {
				t.Errorf("%s: chunk %d of worker %d, want %d of %d", h.Host, h.Chunk, h.WorkerPID, chunk, w.PID)
			}
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 40, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 10}}})
	began := time.Now()
	r := run(t, sim.collect(t, "-o", "json", "-n", "4", "-f", "16", "--deadline", "3s"))
	if took := time.Since(began); took < 3*time.Second || took > 3*time.Second+2*time.Second+2*time.Second {
		t.Errorf("took %v", took)
	}
	d := r.parse(t, sim.labels)
	if r.code != 124 || !strings.HasPrefix(d.ExitReason, "deadline reached: ") {
		t.Errorf("exit code %d, %q", r.code, d.ExitReason)
	}
	for i, h := range d.Hosts {
		if sim.hosts[i].Fault == simulate.ExecStall && h.Status != fleet.StatusCanceled {
			t.Errorf("%s never answers, and is %s", h.Host, h.Status)
		}
	}
}

func TestFailFast(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 400, Latency: 50 * time.Millisecond, Faults: []simulate.Fault{{Kind: simulate.Refuse, Count: 40}}})
	r := run(t, sim.collect(t, "-o", "json", "-n", "2", "-f", "2", "--fail-fast"))
	d := r.parse(t, sim.labels)
	if r.code != 4 || d.Summary.ByStatus[fleet.StatusRefused] == 0 || d.Summary.ByStatus[fleet.StatusSkipped] == 0 {
		t.Errorf("exit code %d, %v", r.code, d.Summary.ByStatus)
	}
	if want := fmt.Sprintf("%d refused", d.Summary.ByStatus[fleet.StatusRefused]); d.ExitReason != want {
		t.Errorf("reason %q, want %q", d.ExitReason, want)
	}
}

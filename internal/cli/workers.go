package cli

import (
	"fmt"
	"runtime"
	"slices"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/meter"
	"muster/internal/orchestrator"
	"muster/internal/report"
	"muster/internal/strategy"
)

// launcher makes workers of the plan's kind.
func (g *gathering) launcher(plan strategy.Plan, hosts []fleet.Host) launch.Launcher {
	if !plan.Processes {
		return launch.InProcess{Serve: g.Serve}
	}
	starts := g.starts(hosts)
	return launch.Exec{
		Env:         []string{fmt.Sprintf("GOMAXPROCS=%d", share(plan))},
		HasChildren: starts,
		Batch:       !starts && g.batch(plan, hosts),
	}
}

// batch reports whether workers use one core each, most of the time to wait for hosts.
func (g *gathering) batch(plan strategy.Plan, hosts []fleet.Host) bool {
	return share(plan) == 1 && g.connects(hosts)
}

// share is how many cores a worker process may use: they share them out among them. One that may use more costs up to a fifth
// more CPU, in threads that wake each other up.
func share(plan strategy.Plan) int {
	if plan.Fanout <= 1 || plan.MaxProcs == 0 {
		return 1
	}
	return (runtime.GOMAXPROCS(0) + plan.MaxProcs - 1) / plan.MaxProcs
}

// starts reports whether workers start processes: scripts, commands on this machine, and those that connect to hosts.
func (g *gathering) starts(hosts []fleet.Host) bool {
	return g.grouped() || g.startsForEach(hosts) || slices.ContainsFunc(hosts, func(h fleet.Host) bool { return h.Local })
}

// startsForEach reports whether workers start a process to connect to some host, and speak with it through pipes.
func (g *gathering) startsForEach(hosts []fleet.Host) bool {
	return g.ssh.transport == opensshTransport || slices.ContainsFunc(hosts, func(h fleet.Host) bool {
		for via := &h; via != nil; via = via.Via() {
			if via.Way().Proxy != "" {
				return true
			}
		}
		return false
	})
}

// hostFiles is how many descriptors a host in flight takes in its worker.
func (g *gathering) hostFiles(hosts []fleet.Host) int {
	if g.startsForEach(hosts) {
		return 4
	}
	return 1
}

// workersOf maps what became of workers to the rows of the report.
func workersOf(workers []orchestrator.Worker) []report.Worker {
	rows := make([]report.Worker, 0, len(workers))
	for _, w := range workers {
		row := report.Worker{
			Chunk: w.Chunk, PID: w.PID, Node: w.Node, Hosts: w.Hosts, Signal: w.Exit.Signal, Stderr: stderrOf(w.Exit),
			MaxRSSBytes: known(w.Usage.MaxRSSBytes), PSSBytes: known(w.Usage.PSSBytes),
		}
		if w.Exit.Signal == "" && w.Exit.Code >= 0 {
			row.Exit = &w.Exit.Code
		}
		if w.Exit.User+w.Exit.System > 0 {
			row.UserSeconds, row.SystemSeconds = &w.Usage.UserSeconds, &w.Usage.SystemSeconds
			row.VoluntarySwitches, row.InvoluntarySwitches = &w.Usage.VoluntarySwitches, &w.Usage.InvoluntarySwitches
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b report.Worker) int { return a.Chunk - b.Chunk })
	return rows
}

// known is nil for a figure that was not measured.
func known(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// stderrOf is what is kept of a worker's stderr.
func stderrOf(e launch.Exit) string {
	if e.StderrDropped > 0 {
		return fmt.Sprintf("%s\n… %d bytes …\n%s", e.StderrHead, e.StderrDropped, e.StderrTail)
	}
	return e.StderrHead + e.StderrTail
}

// sumPSS is what muster and its workers held together, in bytes, each at its end, but for the pages of the program that they
// share: then the others have gone. files is muster's part of those when they were there. 0 where it is not known.
func sumPSS(files int64, workers []orchestrator.Worker) int64 {
	sum := meter.ReadShare().Anonymous + files
	for _, w := range workers {
		sum += w.Usage.PSSBytes
	}
	return sum
}

package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/inventory"
	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/report"
	"muster/internal/strategy"
	"muster/internal/wire"
	"muster/partition"
)

// gathering is one run over a host list, from its options to its report:
//
//	hosts ─► plan ─► trust ─► run (orchestrator) ─► ledger ─► document ─► outputs, exit code
type gathering struct {
	*invocation
	command  string // as the report names it
	task     string // what workers do to each host
	host     hostOptions
	split    splitOptions
	time     timeOptions
	ssh      sshOptions
	out      outputOptions
	embedded bool // the hosts are in this process too, and need its cores
	// epilogue follows a table on stdout. It may be nil.
	epilogue func(io.Writer, *report.Document) error
}

func (g *gathering) flags() []cli.Flag {
	return slices.Concat(g.host.flags(), g.split.flags(), g.time.flags(), g.ssh.flags(), g.out.flags())
}

func (g *gathering) check(c *cli.Context) error {
	for _, check := range []func() error{
		func() error { return g.time.check(c) },
		g.ssh.check,
		g.out.check,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// run gathers from the hosts that args, and the options, name.
func (g *gathering) run(c *cli.Context, args []string) error {
	began := time.Now()
	if err := g.check(c); err != nil {
		return err
	}
	outputs, err := g.out.open(g.invocation)
	if err != nil {
		return err
	}
	source, err := g.host.source(g.invocation, args, &g.ssh)
	if err != nil {
		return err
	}
	list, err := inventory.Load(source)
	if err != nil {
		return usageError{err}
	}
	plan, notes, err := g.split.resolve(c, len(list.Hosts), launch.MaxFiles())
	if err != nil {
		return err
	}
	chunks, err := split(g.split.partition, len(list.Hosts), plan.Chunks)
	if err != nil {
		return err
	}
	if g.split.plan {
		for _, note := range slices.Concat(list.Notes, notes) {
			g.say("warning: %s", note)
		}
		return outputs.plan(planOf(plan, g.split.partition, list.Hosts, chunks))
	}
	trust, err := g.ssh.load(list.Hosts)
	if err != nil {
		return err
	}
	if err := outputs.start(); err != nil {
		return err
	}
	end := newEnder(g.Signals(), g.time.remaining(began))
	defer end.close()
	got := g.work(began, list.Hosts, plan, chunks, trust, newLedger(list.Hosts, outputs, g.progress(), end))
	got.warnings = slices.Concat(list.Notes, notes, trust.notes, got.warnings)
	return g.finish(got, outputs)
}

// split puts the indexes of hosts into chunks.
func split(how string, hosts, chunks int) ([][]int, error) {
	indexes := make([]int, hosts)
	for i := range indexes {
		indexes[i] = i
	}
	switch {
	case hosts == 0:
		return nil, nil
	case how == "cyclic":
		return partition.Cyclic(indexes, chunks), nil
	case how == "block":
		return partition.Block(indexes, chunks), nil
	}
	return nil, oneOf("--partition", how, "cyclic", "block")
}

// work runs the workers, to the end or until the ledger's ender ends them, and returns what there is to report.
func (g *gathering) work(
	began time.Time, hosts []fleet.Host, plan strategy.Plan, chunks [][]int, trust trust, ledger *ledger,
) *gathered {
	launcher := g.launcher(plan)
	if plan.OneCore && !g.embedded {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	run := report.Run{
		ID: rand.Text(), Command: g.command, Strategy: plan.Strategy, Partition: g.split.partition, Chunks: len(chunks),
		Fanout: plan.Fanout, StartedAt: began.UTC(),
	}
	result, err := orchestrator.Run(context.Background(), orchestrator.Config{
		Hosts:    hosts,
		Chunks:   chunks,
		Launcher: launcher,
		Job: wire.Job{
			Run: run.ID, Task: g.task, Fanout: plan.Fanout,
			ConnectTimeoutMS: g.time.connect.Milliseconds(), TimeoutMS: g.time.command.Milliseconds(),
			Retries: g.time.retries, RetryBudget: max(50, len(hosts)/10),
			Keys: trust.keys, AgentSocket: trust.agent,
		},
		MaxProcs: plan.MaxProcs,
		FailFast: g.time.failFast,
		Judge:    trust.judge.Judge,
		Stops:    ledger.end.stops,
		Sink:     orchestrator.Sink{Begun: ledger.begun, Outcome: ledger.outcome},
	})
	writeErr := ledger.close()
	run.DurationMS = float64(time.Since(began).Microseconds()) / 1000
	return &gathered{
		run: run, ledger: ledger, workers: workersOf(result.Workers), warnings: result.Warnings,
		failedFast: result.FailedFast, failed: err, writeErr: writeErr,
	}
}

// launcher makes workers of the plan's kind. Processes share the cores out among them: a worker that may use more than
// its share costs up to a fifth more CPU, in threads that wake each other up.
func (g *gathering) launcher(plan strategy.Plan) launch.Launcher {
	if !plan.Processes {
		return launch.InProcess{Serve: g.Serve}
	}
	share := 1
	if plan.Fanout > 1 && plan.MaxProcs > 0 {
		share = (runtime.GOMAXPROCS(0) + plan.MaxProcs - 1) / plan.MaxProcs
	}
	return launch.Exec{Env: []string{fmt.Sprintf("GOMAXPROCS=%d", share)}}
}

// workersOf maps what became of workers to the rows of the report.
func workersOf(workers []orchestrator.Worker) []report.Worker {
	rows := make([]report.Worker, 0, len(workers))
	for _, w := range workers {
		row := report.Worker{
			Chunk: w.Chunk, PID: w.PID, Node: w.Node, Hosts: w.Hosts, Signal: w.Exit.Signal, Stderr: stderrOf(w.Exit),
			MaxRSSBytes: known(w.Usage.MaxRSSBytes), PSSBytes: known(w.Usage.PSSBytes),
		}
		if w.Exit.Signal == "" {
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

package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/child"
	"muster/internal/durable"
	"muster/internal/fleet"
	"muster/internal/hide"
	"muster/internal/inventory"
	"muster/internal/orchestrator"
	"muster/internal/report"
	"muster/internal/sshconf"
	"muster/internal/strategy"
	"muster/internal/wire"
	"muster/partition"
)

// gathering is one run over a host list, from its options to its report:
//
//	hosts ─► logbook ─► plan ─► keys ─► run (orchestrator) ─► ledger ─► document ─► outputs, exit code
type gathering struct {
	*invocation
	command   string   // as the report names it
	task      string   // what workers do
	job       wire.Job // what they are told of it
	items     bool     // lines of any kind are in place of hosts
	keep      keepOptions
	host      hostOptions
	split     splitOptions
	launching launchOptions
	time      timeOptions
	limits    thresholdOptions
	watch     watchOptions
	journal   journalOptions
	ssh       sshOptions
	out       outputOptions
	embedded  bool     // the hosts are in this process too, and need its cores
	crossed   []string // the rules of the last report that make an exit code
	// epilogue follows a table on stdout. It may be nil.
	epilogue func(io.Writer, *report.Document) error
}

// said reports whether hosts have what a command wrote in place of readings.
func (g *gathering) said() bool { return g.task == commandTask }

// grouped reports whether the task runs once for each chunk, here: nobody is connected to.
func (g *gathering) grouped() bool { return g.task == scriptTask }

// connects reports whether some host is reached over SSH. Items are worked on where the worker is.
func (g *gathering) connects(hosts []fleet.Host) bool {
	return !g.grouped() && g.task != syntheticTask && slices.ContainsFunc(hosts, func(h fleet.Host) bool { return !h.Local })
}

// logsIn reports whether workers log in to some host themselves.
func (g *gathering) logsIn(hosts []fleet.Host) bool {
	return g.connects(hosts) && g.ssh.transport != opensshTransport
}

// allFlags puts groups of flags together.
func allFlags(groups ...[]cli.Flag) []cli.Flag { return slices.Concat(groups...) }

func (g *gathering) check(c *cli.Context) error {
	for _, check := range []func() error{
		func() error { return g.time.check(c) },
		func() error { return g.journal.check(c) },
		func() error { return g.checkLaunching(c) },
		g.ssh.check,
		func() error { return g.checkWatch(c) },
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
	outputs, err := g.outputs(c)
	if err != nil {
		return err
	}
	doubts := outputs.unseen()
	g.ssh.noAgent = g.launching.far()
	routes, err := g.ssh.routes(c)
	if err != nil {
		return err
	}
	list, err := g.list(args, routes)
	if err != nil {
		return err
	}
	book, err := g.logbook(list.Hosts)
	if err != nil {
		return err
	}
	plan, chunks, notes, err := g.divide(c, book)
	if err != nil {
		return err
	}
	notes = slices.Concat(list.Notes, book.notes, notes, g.keepConnections(plan, book.hosts, chunks))
	if g.split.plan {
		planned, err := g.planOf(plan, list.Hosts, chunks)
		if err != nil {
			return err
		}
		return g.show(planned, notes, outputs)
	}
	var ready sshconf.Ready
	if len(book.todo) > 0 {
		if ready, err = g.ready(list.Hosts, routes); err != nil {
			return err
		}
	}
	run := report.Run{
		ID: rand.Text(), Command: g.command, Strategy: plan.Strategy, Partition: g.split.partition, Chunks: len(chunks),
		Fanout: plan.Fanout, StartedAt: began.UTC(), DoneBefore: len(book.done),
	}
	g.complete(run.ID, plan, len(book.todo), ready, routes.Arguments())
	if err := checkJob(g.job); err != nil {
		return err
	}
	if err := outputs.start(g.keep.dir); err != nil {
		return err
	}
	defer outputs.close()
	end := newEnder(g.Signals(), g.time.remaining(began))
	defer end.close()
	switch err := book.begin(run.ID); {
	case errors.Is(err, durable.ErrInUse):
		return usageError{err}
	case err != nil:
		return err
	}
	ledger := g.ledger(list.Hosts, chunks, outputs, end, book)
	defer ledger.forget()
	if err := ledger.recall(); err != nil {
		return err
	}
	beats := g.beats(began, run, outputs, ledger, slices.Concat(doubts, notes, ready.Notes))
	result, err := g.work(run.ID, plan, chunks, ready, beats)
	ended := make(chan error, 1)
	go func() { ended <- g.launching.end(end.now) }()
	beats.end(result, err)
	if left := <-ended; left != nil && !g.out.quiet {
		g.say("warning: slurm: what this run may have left is for the next to cancel: %v", left)
	}
	return nil
}

// outputs checks what was asked for, and where the report is to go.
func (g *gathering) outputs(c *cli.Context) (*outputs, error) {
	if err := g.check(c); err != nil {
		return nil, err
	}
	if g.said() {
		g.out.view.Told, g.out.view.Fields = true, fleet.SaidFields()
	}
	g.out.view.Streamed = g.keep.stream
	if err := g.out.check(); err != nil {
		return nil, err
	}
	if g.items && (g.limits.asks() || g.out.view.By != "") {
		return nil, usagef("--fail-if, --warn-if, --where and --group-by are for hosts: items have no records")
	}
	if err := g.limits.check(g.out.view.All(), g.out.view.Open); err != nil {
		return nil, err
	}
	outputs, err := g.out.open(g.invocation)
	if err != nil {
		return nil, err
	}
	if err := g.keep.check(c, outputs.all, g.out.progress); err != nil {
		return nil, err
	}
	if g.out.quiet && g.task == statsTask {
		asked := c.IsSet
		if g.typed(c, "quiet") { // defaults give way to it
			asked = func(option string) bool { return g.typed(c, option) }
		}
		outputs.abridge(asked)
	}
	// Two files that are read may be one; so each is only held against what is written.
	written := append([]named{{"--journal", g.journal.file}, {"--failed-to", g.time.failedTo}, {"--output-dir", g.keep.dir}}, outputs.files()...)
	for _, file := range g.host.reads() {
		if err := distinct(append(written[:len(written):len(written)], file)); err != nil {
			return nil, err
		}
	}
	return outputs, distinct(written)
}

// divide says how what there is to do is split, into which chunks, and what is to be said of that.
func (g *gathering) divide(c *cli.Context, book *logbook) (strategy.Plan, [][]int, []string, error) {
	plan, notes, err := g.split.resolve(c, len(book.todo), g.hostFiles(book.hosts))
	if err != nil {
		return plan, nil, nil, err
	}
	if err := g.checkPlan(plan); err != nil {
		return plan, nil, nil, err
	}
	if !c.IsSet("steal") { // a connection that is kept, or a way to a host, may be its own worker's alone
		g.split.steal = !g.grouped() && !g.watch.on() && !g.launching.far()
	}
	chunks, err := split(g.split.partition, book.todo, plan.Chunks, book.weight)
	if err == nil && g.grouped() {
		err = g.checkArgs(book.hosts, chunks)
	}
	return plan, chunks, notes, err
}

// ready loads keys, and asks for passwords, where they are needed.
func (g *gathering) ready(hosts []fleet.Host, routes *sshconf.Routes) (ready sshconf.Ready, err error) {
	if !g.connects(hosts) && !g.ssh.askPass {
		return ready, nil
	}
	if err := hide.Memory(); err != nil { // before there is a key or a password in it
		return ready, err
	}
	logsIn := g.logsIn(hosts)
	if logsIn {
		if err := g.ssh.checkHome(); err != nil {
			return ready, err
		}
		ready, err = routes.Prepare(hosts, g.askPassphrase)
		if _, stopped := errors.AsType[interrupted](err); stopped {
			return ready, err
		}
		if err != nil {
			return ready, usageError{err}
		}
	}
	if !g.ssh.askPass || !logsIn && !g.job.AsRoot {
		return ready, nil
	}
	password, err := g.askPassword("password for the hosts: ")
	if logsIn {
		g.job.Password = password
	}
	if g.job.AsRoot {
		g.job.Sudo = password
	}
	return ready, err
}

// list is what the run is about. Reading it may take long, and may have ssh run commands.
func (g *gathering) list(args []string, routes *sshconf.Routes) (list inventory.List, err error) {
	load := inventory.Load
	if g.items {
		load = inventory.LoadItems
	}
	stopped := g.interruptible(func(ctx context.Context) {
		list, err = load(g.host.source(ctx, g.invocation, args, routes))
	})
	switch {
	case stopped != nil:
		return inventory.List{}, stopped
	case err != nil:
		return inventory.List{}, usageError{err}
	}
	return list, nil
}

// split puts hosts, by their indexes, into chunks. Where there is a weight, it is what weighted goes by.
func split(how string, hosts []int, chunks int, weight func() (func(host int) float64, error)) ([][]int, error) {
	hows := []string{"cyclic", "block"}
	if weight != nil {
		hows = append(hows, "weighted")
	}
	if err := oneOf("--partition", how, hows...); err != nil {
		return nil, err
	}
	switch how {
	case "cyclic":
		return partition.Cyclic(hosts, chunks), nil
	case "block":
		return partition.Block(hosts, chunks), nil
	}
	weigh, err := weight()
	if err != nil {
		return nil, err
	}
	return partition.Weighted(hosts, chunks, weigh), nil
}

// work runs the workers, to the end or until the ledger's ender ends them.
func (g *gathering) work(id string, plan strategy.Plan, chunks [][]int, ready sshconf.Ready, beats *beats) (orchestrator.Result, error) {
	ledger := beats.ledger
	launcher := g.launcher(plan, ledger.hosts)
	if plan.Processes && g.batch(plan, ledger.hosts) && !g.launching.far() && !g.embedded {
		child.Batch() // as its workers are, which it is not to cut off for each of their frames
	}
	if plan.OneCore && !g.embedded {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	config := orchestrator.Config{
		Hosts:    ledger.hosts,
		Chunks:   chunks,
		Steal:    g.split.steal,
		Grouped:  g.grouped(),
		Launcher: launcher,
		Job:      g.job,
		MaxProcs: plan.MaxProcs,
		FailFast: g.failFast(ledger),
		Stops:    ledger.end.stops,
		Judge:    ready.Judge,
		Sink:     ledger.sink(),
		Next:     beats.next(),
	}
	config.Sink.Again = beats.again
	beats.doubts = append(beats.doubts, g.launching.begin(&config, id, ledger.end.stopping)...)
	result, err := orchestrator.Run(context.Background(), config)
	if config.Job.HostsFile != "" || config.Job.Logs != "" {
		removeFiles(id)
	}
	return result, err
}

package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/compare"
	"muster/internal/fleet"
	"muster/internal/report"
)

// comparing is one comparison, from its options to its report.
type comparing struct {
	*invocation
	host hostOptions
	time timeOptions
	ssh  sshOptions
	out  outputOptions

	workload   string
	simulate   int
	latency    time.Duration
	items      bool
	partition  string
	strategies string
	chunks     string
	fanouts    string
	rounds     int
	seed       uint64
	plan       bool
	raw, from  string
	plot       string
	recommend  bool
}

func (inv *invocation) compareCommand() *cli.Command {
	o := &comparing{invocation: inv}
	return &cli.Command{
		Name:      "compare",
		Usage:     "the same job under each strategy and chunk count, measured honestly",
		UsageText: "muster compare [OPTIONS] [HOSTS…]\n   muster compare --workload script [OPTIONS] [HOSTS…] -- SCRIPT [ARG…]",
		Description: `Each sample is a fresh muster process that does the whole job one way. Every round takes a sample of each way, in a new
random order; the first round warms up. What is not shown to differ is said not to: see docs/compare.md.

Workloads: stats (load and memory of hosts, as collect), script (as run), and of no hosts: cpu, disk, net, mixed, shared.

Examples:
  muster compare --workload cpu
  muster compare --simulate 100 --latency 20ms
  muster compare 'web[1-20]' --strategies serial,threads,hybrid --chunks 2,4 --fanouts 1,16
  muster compare --workload script 'web[1-20]' --chunks 2,4 -- wc -l
  muster compare --workload net --rounds 20 --raw samples.ndjson --plot net.svg
  muster compare --from samples.ndjson -o csv
  muster compare --workload disk --plan

Exit codes: 0 all well; 1 muster failed; 2 usage; 3, 4, 5 some hosts failed in the samples; 128+N signal N.`,
		Flags: allFlags(
			category("What is compared",
				&cli.StringFlag{Name: "workload", Usage: "`JOB`: " + strings.Join(compare.Workloads(), ", "), Value: "stats", Destination: &o.workload},
				&cli.IntFlag{Name: "simulate", Usage: "stats of `N` simulated hosts", Destination: &o.simulate},
				&cli.DurationFlag{Name: "latency", Usage: "`D` more for each round trip to a simulated host, or of the workload net", Value: 20 * time.Millisecond, Destination: &o.latency},
				&cli.BoolFlag{Name: "items", Usage: "with script: the list is lines of any kind, verbatim, not hosts", Destination: &o.items},
				&cli.StringFlag{Name: "strategies", Usage: "`LIST`, separated by commas (default: a sensible few ways)", Destination: &o.strategies},
				&cli.StringFlag{Name: "chunks", Aliases: []string{"n"}, Usage: "`LIST` of chunk counts", Destination: &o.chunks},
				&cli.StringFlag{Name: "fanouts", Aliases: []string{"f"}, Usage: "`LIST` of hosts, or items, in flight in each worker", Destination: &o.fanouts},
				partitionFlag(&o.partition),
				&cli.BoolFlag{Name: "plan", Usage: "list the ways and how long it would take, and compare nothing", Destination: &o.plan},
			),
			category("How it is measured",
				&cli.IntFlag{Name: "rounds", Usage: "`N` samples of each way, after one that warms up", Value: 10, Destination: &o.rounds},
				&cli.Uint64Flag{Name: "seed", Usage: "`N` that the order is drawn from (default: another each time)", Destination: &o.seed},
				&cli.StringFlag{Name: "raw", Usage: "append each sample to `FILE` as it is taken", Destination: &o.raw},
				&cli.StringFlag{Name: "from", Usage: "take no samples but those of `FILE`, which --raw wrote", Destination: &o.from},
			),
			o.host.flags(), o.time.visitFlags(), o.ssh.flags(), o.out.plainFlags(),
			category("Output",
				&cli.StringFlag{Name: "plot", Usage: "write plots to `FILE`, an SVG image", Destination: &o.plot},
				&cli.BoolFlag{Name: "recommend", Usage: "print the options to use, and nothing else", Destination: &o.recommend},
			),
		),
		Action: o.run,
	}
}

func (o *comparing) run(c *cli.Context) error {
	outputs, err := o.check(c)
	if err != nil {
		return err
	}
	if o.from != "" {
		return o.again(outputs)
	}
	end := newEnder(o.Signals(), 0) // before there is anything to remove
	defer end.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-end.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	o.drawn(c)
	job, err := o.job(c, end)
	if err != nil {
		return err
	}
	defer job.close()
	design, expected, err := o.design(ctx, job)
	if err == nil && o.plan {
		return o.showPlan(outputs, design, expected)
	}
	var samples [][]compare.Sample
	if err == nil {
		samples, err = o.samples(ctx, job, design, expected)
	}
	var ended ending
	end.why(&ended)
	if ended.signal != nil {
		err = interrupted{ended.signal}
		o.say("interrupted: the rounds that are whole are reported")
	}
	if err != nil && len(samples) == 0 {
		return err
	}
	return o.conclude(outputs, design, samples, err)
}

// check refuses what cannot be, before anything begins.
func (o *comparing) check(c *cli.Context) (*outputs, error) {
	if err := oneOf("--workload", o.workload, compare.Workloads()...); err != nil {
		return nil, err
	}
	hosts := c.Args().Present() || len(o.host.files.Value()) > 0 || o.host.local
	reached := o.workload == "stats" && o.simulate == 0
	switch {
	case c.IsSet("simulate") && (o.simulate < 1 || o.workload != "stats"):
		return nil, usagef("--simulate N is for the workload stats, with at least one host")
	case c.IsSet("latency") && o.simulate == 0 && o.workload != "net" && o.workload != "mixed":
		return nil, usagef("--latency is for --simulate and the workloads net and mixed")
	case o.latency < 0:
		return nil, usagef("--latency must not be negative")
	case hosts && !reached && o.workload != "script":
		return nil, usagef("hosts are for the workloads stats and script: %s has its own", o.jobName())
	case o.items && o.workload != "script":
		return nil, usagef("--items is for the workload script")
	case len(o.words) == 0 && o.workload == "script" && o.from == "":
		return nil, usagef("no script: muster compare --workload script HOSTS -- SCRIPT")
	case len(o.words) > 0 && !reached && o.workload != "script":
		return nil, usagef("nothing may stand after --: %s is the job", o.jobName())
	case o.rounds < 1:
		return nil, usagef("--rounds must be at least 1")
	case o.from != "" && (o.raw != "" || o.plan):
		return nil, usagef("--from takes no samples: there is nothing to plan or to append")
	}
	for _, flag := range slices.Concat(o.time.visitFlags(), o.ssh.flags()) {
		name := flag.Names()[0]
		if c.IsSet(name) && !slices.ContainsFunc(o.jobFlags(), func(f cli.Flag) bool { return f.Names()[0] == name }) {
			return nil, usagef("--%s is not for %s", name, o.jobName())
		}
	}
	if err := o.time.check(c); err != nil {
		return nil, err
	}
	if err := o.ssh.check(); err != nil {
		return nil, err
	}
	if err := o.out.check(); err != nil {
		return nil, err
	}
	outputs, err := o.out.open(o.invocation)
	if err != nil {
		return nil, err
	}
	for _, output := range outputs.all {
		if output.Format == report.FormatNDJSON {
			return nil, usagef("--output ndjson is for hosts: --raw FILE has a record for each sample")
		}
	}
	if o.plot != "" {
		return outputs, report.Output{Format: "plot", File: o.plot}.Check()
	}
	return outputs, nil
}

func (o *comparing) jobName() string {
	if o.simulate > 0 {
		return "--simulate"
	}
	return "workload " + o.workload
}

// choice is which ways were asked for.
func (o *comparing) choice() (choice compare.Choice, err error) {
	if o.strategies != "" {
		choice.Strategies = strings.Split(o.strategies, ",")
	}
	for _, list := range []struct {
		name, text string
		to         *[]int
	}{{"chunks", o.chunks, &choice.Chunks}, {"fanouts", o.fanouts, &choice.Fanouts}} {
		if list.text == "" {
			continue
		}
		for number := range strings.SplitSeq(list.text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil || n < 1 {
				return choice, usagef("--%s %q: numbers from 1, separated by commas", list.name, list.text)
			}
			*list.to = append(*list.to, n)
		}
	}
	return choice, nil
}

// samples takes the samples of a design, and says when that will have been done.
func (o *comparing) samples(ctx context.Context, job *workload, d compare.Design, expected time.Duration) ([][]compare.Sample, error) {
	all := len(d.Arms) * (d.Rounds + 1)
	note := ""
	if expected > 0 {
		note = ", about " + report.Duration(expected)
	}
	o.note("%d ways, %d samples of each and one to warm up, %d items in a sample%s", len(d.Arms), d.Rounds, d.Workload.Items, note)
	raw := compare.Raw{File: o.raw}
	if o.raw != "" {
		if err := raw.Begin(ctx, d); err != nil {
			return nil, err
		}
	}
	progress := report.NewProgress(o.Stderr, !o.out.quiet && wanted(o.out.progress, o.Stderr))
	progress.Start(all)
	defer progress.Stop()
	return compare.Run(ctx, d, compare.Steps{
		Take:  job.taker.Take,
		Begin: func(_ int, arm compare.Arm) { progress.Started(arm.Name()) },
		Ended: func(arm compare.Arm) {
			progress.Ended(arm.Name())
			progress.Count(fleet.StatusOK, 1)
		},
		Keep: func(arm int, s compare.Sample) error {
			if o.raw == "" {
				return nil
			}
			return raw.Keep(ctx, arm, s)
		},
		Warmed: func(round time.Duration) {
			if expected == 0 {
				fmt.Fprintf(progress, "muster: a round took %s: about %s for %d of them\n",
					report.Duration(round), report.Duration(round*time.Duration(d.Rounds)), d.Rounds)
			}
		},
	})
}

// note says something on stderr that is no warning.
func (o *comparing) note(format string, args ...any) {
	if !o.out.quiet {
		o.say(format, args...)
	}
}

// again reports on samples that were taken before.
func (o *comparing) again(outputs *outputs) error {
	file, err := os.Open(o.from)
	if err != nil {
		return usageError{fmt.Errorf("--from: %w", err)}
	}
	defer file.Close()
	design, samples, notes, err := compare.ReadRaw(file)
	if err != nil {
		return usageError{fmt.Errorf("--from %s: %w", o.from, err)}
	}
	design.Warnings = slices.Concat(design.Warnings, notes)
	return o.conclude(outputs, design, samples, nil)
}

// drawn is the seed that was given, or another each time.
func (o *comparing) drawn(c *cli.Context) {
	if !c.IsSet("seed") {
		o.seed = uint64(rand.Uint32()) // short enough to be typed
	}
}

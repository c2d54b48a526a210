package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/compare"
	"muster/internal/strategy"
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

Exit codes: 0 all well; 1 muster failed; 2 usage; 3, 4, 5 some hosts failed in the samples; 128+N signal N;
141 the reader of the output has gone.`,
		Flags: allFlags(
			category("What is compared",
				&cli.StringFlag{Name: "workload", Usage: "`JOB`: " + strings.Join(compare.Workloads(), ", "), Value: "stats", Destination: &o.workload},
				&cli.IntFlag{Name: "simulate", Usage: "stats of `N` simulated hosts", Destination: &o.simulate},
				&cli.DurationFlag{Name: "latency", Usage: "`D` more for each round trip to a simulated host, or of the workload net", Value: 20 * time.Millisecond, Destination: &o.latency},
				&cli.BoolFlag{Name: "items", Usage: "with script: the list is lines of any kind, verbatim, not hosts", Destination: &o.items},
				&cli.StringFlag{Name: "strategies", Usage: "`LIST` of " + strings.Join(strategy.Names(), ", ") + ", with commas (default: a sensible few ways)", Destination: &o.strategies},
				&cli.StringFlag{Name: "chunks", Aliases: []string{"n"}, Usage: "`LIST` of chunk counts", Destination: &o.chunks},
				&cli.StringFlag{Name: "fanouts", Aliases: []string{"f"}, Usage: "`LIST` of hosts, or items, in flight in each worker", Destination: &o.fanouts},
				partitionFlag(&o.partition, "cyclic or block"),
				&cli.BoolFlag{Name: "plan", Usage: "list the ways and how long it would take, and compare nothing", Destination: &o.plan},
			),
			category("How it is measured",
				&cli.IntFlag{Name: "rounds", Usage: "`N` samples of each way, after one that warms up", Value: 10, Destination: &o.rounds},
				&cli.Uint64Flag{Name: "seed", Usage: "`N` that the order is drawn from", DefaultText: "another each time", Destination: &o.seed},
				&cli.StringFlag{Name: "raw", Usage: "append each sample to `FILE` as it is taken", Destination: &o.raw},
				&cli.StringFlag{Name: "from", Usage: "take no samples but those of `FILE`, which --raw wrote", Destination: &o.from},
			),
			o.host.flags(), o.time.visitFlags(), o.ssh.flags(), o.out.plainFlags(comparedFormats),
			category("Output",
				&cli.StringFlag{Name: "plot", Usage: "write plots to `FILE`, an SVG image", Destination: &o.plot},
				&cli.BoolFlag{Name: "recommend", Usage: "print the options to use, and nothing else", Destination: &o.recommend},
			),
		),
		Action: o.run,
	}
}

// choice is which ways were asked for.
func (o *comparing) choice() (choice compare.Choice, err error) {
	if o.strategies != "" {
		for name := range strings.SplitSeq(o.strategies, ",") {
			choice.Strategies = append(choice.Strategies, strings.TrimSpace(name))
		}
	}
	for _, name := range choice.Strategies {
		if err := oneOf("--strategies", name, strategy.Names()...); err != nil {
			return choice, err
		}
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

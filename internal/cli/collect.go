package cli

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// statsTask is the task that reads load and memory; see package task.
const statsTask = "stats"

func (inv *invocation) collectCommand() *cli.Command {
	g := &gathering{invocation: inv, command: "collect", task: statsTask}
	return &cli.Command{
		Name:      "collect",
		Usage:     "load and memory of every host, in one table",
		UsageText: "muster collect [OPTIONS] [HOSTS…]",
		Description: `Examples:
  muster collect 'web[1-20].example.com' db1          two names for twenty-one hosts
  muster collect -H hosts.txt -n 4                    four worker processes
  muster collect -H - -o json < hosts.txt | jq .summary
  muster collect 'n[1-500]' --sort load1_per_cpu:desc --top 10
  muster collect -H hosts.txt -o table -o csv=load.csv --failed-to again.txt
  muster collect -H hosts.txt --journal load.journal --resume
  muster collect -H hosts.txt --fail-if 'load1_per_cpu > 8 || mem_available_bytes < 64MiB' --max-unreachable 5%
  muster collect -H hosts.txt --where 'load1 > 2 * p50(load1)' --group-by kernel
  muster collect -H hosts.txt --every 30s --times 10  again and again over the same connections, and what changed

Exit codes: 0 all well; 1 muster failed; 2 usage; 3 timeouts and losses; 4 unreachable, or no way in;
5 what hosts said was no good; 6 a --fail-if was crossed; 124 deadline; 128+N signal N; 141 the reader of the output has gone.`,
		Flags: allFlags(
			g.host.flags(), g.split.flags(), g.launching.flags(), g.time.flags(), g.watch.flags(), g.limits.flags(), g.journal.flags(), g.ssh.flags(), g.ssh.passwordFlags(),
			g.out.flags(),
		),
		Action: func(c *cli.Context) error { return g.run(c, slices.Concat(c.Args().Slice(), inv.words)) },
	}
}

package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/launch"
)

// scriptTask is the task that starts a script once for each group; see package task.
const scriptTask = "script"

// maxRecords bounds what a script may write for each host whose records are parsed, in bytes of each stream.
const maxRecords = 64 << 10

// runOptions say what runs for each group.
type runOptions struct {
	items bool
	parse string
	tag   bool
}

func (inv *invocation) runCommand() *cli.Command {
	g := &gathering{invocation: inv, command: "run", task: scriptTask}
	var o runOptions
	return &cli.Command{
		Name:      "run",
		Usage:     "a script of yours, started once for each group of hosts with that group",
		UsageText: "muster run [OPTIONS] [HOSTS…] -- SCRIPT [ARG…]",
		Description: `Each group's own worker process starts the script here, with the group's hosts on its standard input, one a line, and in
the file that MUSTER_HOSTS_FILE names; {} as an argument of its own stands for the hosts. MUSTER_CHUNK, MUSTER_CHUNK_COUNT,
MUSTER_CHUNK_SIZE, MUSTER_RUN_ID and MUSTER_ATTEMPT say which group it is. What the script starts ends with it.

Examples:
  muster run 'web[1-20]' -n 4 -- wc -l
  muster run 'web[1-20]' -n 4 -- echo probing {}
  muster run -H hosts.txt -n 2 --parse ndjson -- examples/probe.sh
  muster run -H hosts.txt -n 2 --parse ndjson --fail-if 'p95(load1_per_cpu) > 8' -- examples/probe.sh
  seq 100 | muster run --items -H - -n 4 -- wc -l
  seq 100 | muster run --items -H - --chunk-size 10 -P 2 --stream -- sort -n
  muster run --items a b c d -n 2 -u 10s --retries 1 -- cat

Exit codes: 0 all well; 1 muster failed; 2 usage; 3 timeouts and losses; 4 some record says so; 5 some script failed;
6 a --fail-if was crossed; 124 deadline; 128+N signal N; 141 the reader of the output has gone.`,
		Flags: allFlags(
			g.host.listFlags(), g.split.groupFlags(), g.launching.flags(), g.time.groupFlags(), g.limits.flags(), g.journal.flags(), g.ssh.nameFlags(), g.out.flags(),
			category("The script",
				&cli.BoolFlag{Name: "items", Usage: "the list is lines of any kind, verbatim, not hosts", Destination: &o.items},
				&cli.StringFlag{Name: "parse", Usage: "take lines of `FORMAT`, ndjson, that have a host for that host's record", Destination: &o.parse},
				&cli.BoolFlag{Name: "tag", Usage: "put the chunk in front of each line in place of a heading", Destination: &o.tag},
			),
			g.keep.flags("chunk"),
		),
		Action: func(c *cli.Context) error {
			if err := o.job(c, g); err != nil {
				return err
			}
			return g.run(c, c.Args().Slice())
		},
	}
}

// job fills in what the job says of the script.
func (o *runOptions) job(c *cli.Context, g *gathering) error {
	length := len(strings.Join(g.words, ""))
	switch {
	case len(g.words) == 0:
		return usagef("no script: muster run HOSTS -- SCRIPT")
	case length > maxCommand:
		return usagef("a command of %d bytes: at most %d", length, maxCommand)
	case o.parse != "" && o.parse != "ndjson":
		return oneOf("--parse", o.parse, "ndjson")
	case o.parse != "" && o.items:
		return usagef("--parse is for hosts: items have no records")
	case o.parse != "" && c.IsSet("max-output"):
		return usagef("--parse takes %d KiB a host: --max-output is for other scripts", maxRecords>>10)
	case o.items && len(g.host.exclude.Value()) > 0:
		return usagef("--exclude is for hosts: items are taken as they are")
	case o.items && g.host.groups.given():
		return usagef("groups and inventories are of hosts: items are taken as they are")
	}
	if !g.launching.far() { // else it has to be where the worker is
		if err := lookScript(g.words[0]); err != nil {
			return err
		}
	}
	g.job.Args, g.job.Parse = g.words, o.parse != ""
	g.items, g.out.view.Tag, g.out.view.Fields = o.items, o.tag, fleet.BareFields()
	g.split.Fanout = 1 // a worker has one group
	if g.job.Parse {
		g.keep.most = maxRecords
		g.out.view.Open, g.out.view.OnlySaid = true, true
		g.out.view.Fields = fleet.ReadingFields()
	}
	return nil
}

// lookScript refuses a script that cannot be started.
func lookScript(name string) error {
	if _, err := child.LookPath(name); err != nil {
		return hinted{usageError{fmt.Errorf("script: %w", err)}, hintOfScript(name, err)}
	}
	return nil
}

// placeholder stands among the arguments of a script for the hosts of its group; see task/script.
const placeholder = "{}"

// checkArgs refuses arguments that the system would not take, before anything is started.
func (g *gathering) checkArgs(hosts []fleet.Host, chunks [][]int) error {
	var times, others int
	for _, word := range slices.Concat(g.words, os.Environ()) {
		others += launch.ArgSize(word)
	}
	for _, word := range g.words[1:] {
		if word == placeholder {
			times++
		}
	}
	if times == 0 {
		return nil
	}
	for i, chunk := range chunks {
		size := others
		for _, host := range chunk {
			size += times * launch.ArgSize(hosts[host].Label)
		}
		if most := launch.MaxArgs(); size > most {
			return usagef("{}: the %d hosts of chunk %d are too many arguments, %d bytes of at most %d: more chunks, or read them from stdin",
				len(chunk), i, size, most)
		}
	}
	return nil
}

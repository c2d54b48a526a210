package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"muster/internal/report"
)

// demoFaults are some hosts of each kind that a fleet of any size has sooner or later, none of which takes long.
const demoFaults = "refuse=3,close=2,wrong-key=1,auth-refuse=2,exit=1,garbage=1,escape=1,not-ssh=1,slow=2"

const demoNext = `
next:
  muster demo --faults              what failures look like
  muster collect --local            this machine
  muster collect 'web[1-20]'        your own hosts, over SSH
  muster simulate --hosts 1000      a fleet to try other tools on
`

func (inv *invocation) demoCommand() *cli.Command {
	g := &gathering{invocation: inv, command: "demo", task: statsTask}
	var hosts int
	var faults bool
	return &cli.Command{
		Name:      "demo",
		Usage:     "collect from a simulated fleet: no network, no sshd, no configuration",
		UsageText: "muster demo [--hosts N] [-n CHUNKS] [--faults]",
		Description: `Examples:
  muster demo
  muster demo --hosts 300 -n 8 -f 4 --faults
  muster demo --hosts 60 --where 'load1_per_cpu > 1' --group-by kernel
  muster demo -n 4 -o json`,
		Flags: slices.Concat(
			[]cli.Flag{
				&cli.IntFlag{Name: "hosts", Usage: "`N` simulated hosts", Value: 200, Destination: &hosts},
				&cli.BoolFlag{Name: "faults", Usage: "some of them faulty", Destination: &faults},
			},
			g.split.flags(), g.time.flags(), g.limits.flags(), g.out.flags(),
		),
		Action: func(c *cli.Context) error {
			if c.Args().Present() || len(inv.words) > 0 {
				return usagef("demo has hosts of its own: muster collect takes yours")
			}
			o := simulateOptions{hosts: hosts}
			if faults {
				o.faults = demoFaults
			}
			return g.demo(c, &o)
		},
	}
}

// demo starts a fleet in this process and gathers from it as collect does.
func (g *gathering) demo(c *cli.Context, o *simulateOptions) error {
	g.Signals() // before there is anything to remove
	fleet, dir, remove, err := g.startFleet(o)
	if err != nil {
		return err
	}
	defer remove()
	defer fleet.Close()
	if !c.IsSet("chunks") && g.split.Strategy == "hybrid" {
		g.split.Chunks = 4
	}
	if !c.IsSet("sort") && !c.IsSet("top") && !c.IsSet("output") {
		g.out.view.Sort, g.out.view.Top = "load1_per_cpu:desc", 10
	}
	g.host.max = o.hosts
	g.ssh = sshOptions{user: "demo", port: 22, knownHosts: filepath.Join(dir, "known_hosts"), hostKey: "strict", config: noConfig}
	g.host.files = *cli.NewStringSlice(filepath.Join(dir, "hosts"))
	g.ssh.identities = *cli.NewStringSlice(filepath.Join(dir, "id"))
	g.embedded = true
	g.epilogue = func(w io.Writer, d *report.Document) error {
		kind := "process of its own"
		if !processes(d) {
			kind = "goroutine of this process"
		}
		fmt.Fprintf(w, "\nworkers, each a %s:\n", kind)
		if err := report.WorkersGrid(d.Workers).Write(w, widthOf(g.Stdout)); err != nil {
			return err
		}
		_, err := io.WriteString(w, demoNext)
		return err
	}
	return g.run(c, nil)
}

// processes reports whether the workers were processes: only those know what they cost.
func processes(d *report.Document) bool {
	return len(d.Workers) == 0 || d.Workers[0].UserSeconds != nil
}

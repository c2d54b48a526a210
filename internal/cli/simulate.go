package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/simulate"
)

// simulateOptions describe a simulated fleet.
type simulateOptions struct {
	hosts    int
	latency  time.Duration
	faults   string
	dir      string
	untilEOF bool
	net      bool // a server of lines in place of a fleet
}

func (inv *invocation) simulateCommand() *cli.Command {
	var o simulateOptions
	return &cli.Command{
		Name:      "simulate",
		Usage:     "a simulated fleet of SSH hosts on this machine's loopback device, until it is stopped",
		UsageText: "muster simulate --hosts N [OPTIONS]",
		Description: `It prints one line, "ready: muster collect …", with every option needed to visit it, and ends on ^C, SIGTERM or, with
--until-eof, the end of its standard input. It never answers beyond loopback.

Examples:
  muster simulate --hosts 1000 --latency 20ms
  muster simulate --hosts 200 --dir fleet --faults refuse=3,slow=5%,wrong-key=1`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "hosts", Usage: "`N` hosts", Destination: &o.hosts},
			&cli.StringFlag{Name: "dir", Usage: "write hosts, id and known_hosts into `DIR` (default: a private one, removed at the end)", Destination: &o.dir},
			&cli.DurationFlag{Name: "latency", Usage: "`D` more for each round trip", Destination: &o.latency},
			&cli.StringFlag{Name: "faults", Usage: "hosts that are not healthy, `KIND=N|N%[,…]`: see docs/simulate.md", Destination: &o.faults},
			&cli.BoolFlag{Name: "net", Hidden: true, Usage: "one server that sends lines back, for muster synthetic", Destination: &o.net},
			&cli.BoolFlag{Name: "until-eof", Usage: "end when standard input does", Destination: &o.untilEOF},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() || len(inv.words) > 0 {
				return usagef("simulate takes no arguments")
			}
			if o.net {
				return inv.simulateNet(c, &o)
			}
			return inv.simulate(&o)
		},
	}
}

func (inv *invocation) simulate(o *simulateOptions) error {
	signals := inv.Signals() // before there is anything to remove
	fleet, dir, remove, err := inv.startFleet(o)
	if err != nil {
		return err
	}
	defer remove()
	defer fleet.Close()
	fmt.Fprintf(inv.Stdout, "ready: muster collect -F none -H %[1]s/hosts -i %[1]s/id --known-hosts %[1]s/known_hosts\n", dir)
	inv.untilEnded(o, signals)
	return nil
}

// simulateNet serves lines in place of SSH.
func (inv *invocation) simulateNet(c *cli.Context, o *simulateOptions) error {
	for _, name := range []string{"hosts", "dir", "faults"} {
		if c.IsSet(name) {
			return usagef("--net has no hosts: --%s is for those", name)
		}
	}
	signals := inv.Signals()
	lines, err := simulate.StartLines(o.latency)
	if err != nil {
		return err
	}
	defer lines.Close()
	fmt.Fprintf(inv.Stdout, "ready: %s\n", lines.Address())
	inv.untilEnded(o, signals)
	return nil
}

// untilEnded returns at a signal or, where that was asked for, the end of standard input.
func (inv *invocation) untilEnded(o *simulateOptions, signals <-chan os.Signal) {
	ended := make(chan struct{})
	if o.untilEOF {
		go func() {
			io.Copy(io.Discard, inv.Stdin)
			close(ended)
		}()
	}
	select {
	case <-ended:
	case <-signals:
	}
}

// startFleet starts a fleet and writes its files. The caller closes the fleet, then removes the files.
func (inv *invocation) startFleet(o *simulateOptions) (*simulate.Fleet, string, func(), error) {
	faults, err := simulate.ParseFaults(o.faults)
	if err != nil {
		return nil, "", nil, usageError{err}
	}
	fleet, err := simulate.Start(simulate.Config{Hosts: o.hosts, Latency: o.latency, Faults: faults, Seed: 1, Poison: inv.Poison})
	if err != nil {
		return nil, "", nil, usageError{err}
	}
	dir, remove, err := fleetDir(o.dir)
	if err == nil {
		if err = fleet.WriteDir(dir); err == nil {
			return fleet, dir, remove, nil
		}
		remove()
	}
	return nil, "", nil, errors.Join(err, fleet.Close())
}

// fleetDir makes dir, or a private directory that remove removes.
func fleetDir(dir string) (_ string, remove func(), err error) {
	if dir == "" {
		dir, err = os.MkdirTemp("", "muster-simulate-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	dir, err = filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	return dir, func() {}, err
}

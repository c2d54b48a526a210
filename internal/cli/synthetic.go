package cli

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/inventory"
	"muster/internal/sshconf"
)

// syntheticTask is the task that works on items of a known kind; see package task.
const syntheticTask = "synthetic"

// syntheticKind is a kind of item and what it needs.
type syntheticKind struct {
	name        string
	dir, server bool
}

var syntheticKinds = []syntheticKind{
	{name: "cpu"},
	{name: "disk", dir: true},
	{name: "net", server: true},
	{name: "mixed", dir: true, server: true},
	{name: "shared"},
	{name: "none"},
}

// syntheticOptions say what items work with.
type syntheticOptions struct{ dir, server string }

func (inv *invocation) syntheticCommand() *cli.Command {
	g := &gathering{invocation: inv, command: "synthetic", task: syntheticTask, ssh: sshOptions{config: noConfig}}
	var o syntheticOptions
	return &cli.Command{
		Name:      "synthetic",
		Hidden:    true,
		Usage:     "items of work of a known kind in place of hosts; muster compare starts it",
		UsageText: "muster synthetic [OPTIONS] KIND ITEMS",
		Description: `muster compare starts this, once for each sample that it takes. It connects to no host and reads no key. An item is

  cpu      a chain of SHA-256, some 3 ms of computation, whose digest is known
  disk     32 reads of 16 KiB at random in one of the files of --dir, elsewhere in each run
  net      one line sent to --server and back, on a connection of its own
  mixed    these three in turn, by the item's number
  shared   25,000 look-ups, each where the one before said, in a table of 64 MiB that each process makes once
  none     nothing: what it costs is what muster itself costs`,
		Flags: allFlags(
			category("The items",
				&cli.StringFlag{Name: "dir", Usage: "the files for disk are in `DIR`", Destination: &o.dir},
				&cli.StringFlag{Name: "server", Usage: "the `ADDRESS` for net, as muster simulate --net says it", Destination: &o.server},
			),
			g.split.flags(), g.time.itemFlags(), g.out.flags(),
		),
		Action: func(c *cli.Context) error {
			args := slices.Concat(c.Args().Slice(), inv.words)
			if len(args) != 2 {
				return usagef("what to do and how often: muster synthetic KIND ITEMS")
			}
			items, err := strconv.Atoi(args[1])
			if err != nil || items < 1 || items > inventory.DefaultMax {
				return usagef("ITEMS %q: from 1 to %d", args[1], inventory.DefaultMax)
			}
			if g.job.Args, err = o.args(args[0]); err != nil {
				return err
			}
			g.out.view.Fields = fleet.BareFields()
			g.ssh = sshOptions{user: "nobody", port: fleet.DefaultPort, hostKey: string(sshconf.Strict), config: "none"}
			return g.run(c, []string{fmt.Sprintf("item[1-%d]", items)})
		},
	}
}

// needs is what a kind needs: nothing, where there is none of that name.
func needs(name string) syntheticKind {
	if at := slices.IndexFunc(syntheticKinds, func(k syntheticKind) bool { return k.name == name }); at >= 0 {
		return syntheticKinds[at]
	}
	return syntheticKind{}
}

// args are those of the job of a kind.
func (o *syntheticOptions) args(name string) ([]string, error) {
	kind := needs(name)
	if kind.name == "" {
		var names []string
		for _, kind := range syntheticKinds {
			names = append(names, kind.name)
		}
		return nil, usagef("unknown KIND %q: one of %s", name, strings.Join(names, ", "))
	}
	args := []string{name}
	for _, option := range []struct {
		name, value string
		needed      bool
	}{{"--dir", o.dir, kind.dir}, {"--server", o.server, kind.server}} {
		switch {
		case option.needed && option.value == "":
			return nil, usagef("%s needs %s", name, option.name)
		case !option.needed && option.value != "":
			return nil, usagef("%s is not for %s", option.name, name)
		case option.needed:
			args = append(args, option.value)
		}
	}
	if kind.server {
		if _, _, err := net.SplitHostPort(o.server); err != nil {
			return nil, usageError{fmt.Errorf("--server: %w", err)}
		}
	}
	return args, nil
}

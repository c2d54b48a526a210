package cli

import (
	"bufio"
	"context"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/inventory"
)

// hostsOptions say what to print of a host list.
type hostsOptions struct {
	hosts               hostOptions
	ssh                 sshOptions // only its user and port: they tell which spellings are one host
	expand, fold, count bool
	split               int
	partition           string
}

func (inv *invocation) hostsCommand() *cli.Command {
	var o hostsOptions
	return &cli.Command{
		Name:      "hosts",
		Usage:     "what a host list comes to",
		UsageText: "muster hosts [OPTIONS] [HOSTS…]",
		Description: `Examples:
  muster hosts 'r[1-2]n[01-16]!r1n03'            one a line
  muster hosts --fold n1 n2 n3 n7                n[1-3,7]
  muster hosts --count -H hosts.txt
  muster hosts --fold 'n[1-9]&n[5-12]!n7'        set operations, from left to right
  muster hosts --groups groups.yaml -g web '@db!n5'
  muster hosts --inventory inventory.ini -g prod
  muster hosts --split 4 --partition block 'n[1-100]'`,
		Flags: slices.Concat(
			category("What to print",
				&cli.BoolFlag{Name: "expand", Usage: "one host a line (default)", Destination: &o.expand},
				&cli.BoolFlag{Name: "fold", Usage: "the shortest list that names them", Destination: &o.fold},
				&cli.BoolFlag{Name: "count", Usage: "how many they are", Destination: &o.count},
				&cli.IntFlag{Name: "split", Usage: "`N` folded groups, one a line, as collect -n N splits them", Destination: &o.split},
				partitionFlag(&o.partition, "cyclic or block"),
			),
			o.hosts.flags(),
			o.ssh.nameFlags(),
		),
		Action: func(c *cli.Context) error { return inv.hosts(c, &o) },
	}
}

func (inv *invocation) hosts(c *cli.Context, o *hostsOptions) error {
	chosen := 0
	for _, set := range []bool{o.expand, o.fold, o.count, c.IsSet("split")} {
		if set {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return usagef("only one of --expand, --fold, --count, --split")
	case c.IsSet("split") && o.split < 1:
		return usagef("--split must be at least 1")
	}
	routes, err := o.ssh.routes(c)
	if err != nil {
		return err
	}
	source := o.hosts.source(context.Background(), inv, slices.Concat(c.Args().Slice(), inv.words), routes)
	list, err := inventory.Load(source)
	if err != nil {
		return usageError{err}
	}
	for _, note := range list.Notes {
		inv.say("warning: %s", note)
	}
	lines, err := o.lines(list.Hosts)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(inv.Stdout)
	for _, line := range lines {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.Flush()
}

func (o *hostsOptions) lines(hosts []fleet.Host) ([]string, error) {
	labels := make([]string, len(hosts))
	for i, h := range hosts {
		labels[i] = h.Label
	}
	switch {
	case o.count:
		return []string{strconv.Itoa(len(labels))}, nil
	case o.fold:
		return []string{hostlist.Fold(labels)}, nil
	case o.split > 0:
		indexes := make([]int, len(labels))
		for i := range indexes {
			indexes[i] = i
		}
		chunks, err := split(o.partition, indexes, o.split, nil)
		if err != nil {
			return nil, err
		}
		var lines []string
		for _, chunk := range chunks {
			group := make([]string, len(chunk))
			for i, host := range chunk {
				group[i] = labels[host]
			}
			lines = append(lines, hostlist.Fold(group))
		}
		return lines, nil
	}
	return labels, nil
}

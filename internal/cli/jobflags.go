package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/compare"
	"muster/internal/report"
)

// mostRounds bounds the rounds of a comparison: the tests take time that grows with its square.
const mostRounds = 1000

// comparedFormats are those of a report without hosts.
var comparedFormats = []string{string(report.FormatTable), string(report.FormatJSON), string(report.FormatCSV)}

// check refuses what cannot be, before anything begins.
func (o *comparing) check(c *cli.Context) (*outputs, error) {
	if err := oneOf("--workload", o.workload, compare.Workloads()...); err != nil {
		return nil, err
	}
	hosts := c.Args().Present() || slices.ContainsFunc([]string{"hostfile", "local", "group", "inventory"}, func(name string) bool { return o.typed(c, name) })
	reached := o.workload == "stats" && o.simulate == 0
	switch {
	case c.IsSet("simulate") && (o.simulate < 1 || o.workload != "stats"):
		return nil, usagef("--simulate N is for the workload stats, with at least one host")
	case o.typed(c, "latency") && o.simulate == 0 && !needs(o.workload).server:
		return nil, usagef("--latency is for --simulate and the workloads net and mixed")
	case o.latency < 0 || o.latency > time.Minute:
		return nil, usagef("--latency must be from 0 to 1m")
	case o.recommend && (c.IsSet("output") || o.plan):
		return nil, usagef("--recommend prints options and nothing else: --output and --plan are not for it")
	case hosts && !reached && o.workload != "script":
		return nil, usagef("hosts are for the workloads stats and script: %s has its own", o.jobName())
	case o.items && o.workload != "script":
		return nil, usagef("--items is for the workload script")
	case o.items && o.host.groups.given():
		return nil, usagef("groups and inventories are of hosts: items are taken as they are")
	case slices.Contains(o.host.groups.inventories.Value(), "-"):
		return nil, usagef("--inventory -: every sample reads it again: name a file")
	case len(o.words) == 0 && o.workload == "script" && o.from == "":
		return nil, usagef("no script: muster compare --workload script HOSTS -- SCRIPT")
	case len(o.words) > 0 && !reached && o.workload != "script":
		return nil, usagef("nothing may stand after --: %s is the job", o.jobName())
	case o.rounds < 1 || o.rounds > mostRounds:
		return nil, usagef("--rounds must be at least 1, and at most %d", mostRounds)
	}
	if err := o.checkFrom(c); err != nil {
		return nil, err
	}
	for _, flag := range slices.Concat(o.time.visitFlags(), o.ssh.flags()) {
		name := flag.Names()[0]
		if o.typed(c, name) && !slices.ContainsFunc(o.jobFlags(), func(f cli.Flag) bool { return f.Names()[0] == name }) {
			return nil, usagef("--%s is not for %s", name, o.jobName())
		}
	}
	if len(o.words) > 0 && o.workload == "script" {
		if err := lookScript(o.words[0]); err != nil {
			return nil, err
		}
	}
	_, err := o.choice()
	for _, check := range []func() error{func() error { return o.time.check(c) }, o.ssh.check, o.out.check} {
		if err == nil {
			err = check()
		}
	}
	if err != nil {
		return nil, err
	}
	outputs, err := o.out.open(o.invocation)
	if err != nil {
		return nil, err
	}
	for _, output := range outputs.all {
		if err := oneOf("--output", string(output.Format), comparedFormats...); err != nil {
			return nil, fmt.Errorf("%w: --raw FILE has a record for each sample", err)
		}
	}
	return outputs, o.checkFiles(outputs)
}

// forReports are the options that --from leaves a choice in.
var forReports = []string{"from", "output", "plot", "recommend", "progress", "color", "quiet", "config"}

// checkFrom refuses what samples that were taken before cannot be asked for.
func (o *comparing) checkFrom(c *cli.Context) error {
	if o.from == "" {
		return nil
	}
	if c.Args().Present() || len(o.words) > 0 {
		return usagef("--from takes no samples: there are no hosts and no script")
	}
	for _, flag := range c.Command.Flags {
		if name := flag.Names()[0]; o.typed(c, name) && !slices.Contains(forReports, name) {
			return usagef("--from takes no samples: --%s is not for it", name)
		}
	}
	return nil
}

// checkFiles returns an error where what is written would overwrite what is read, or written as well, or cannot be.
func (o *comparing) checkFiles(outputs *outputs) error {
	files := append([]named{{"--from", o.from}, {"--plot", o.plot}, {"--raw", o.raw}}, outputs.files()...)
	if err := distinct(files); err != nil {
		return err
	}
	return report.Output{Format: "svg", File: o.plot}.Check()
}

func (o *comparing) jobName() string {
	if o.simulate > 0 {
		return "--simulate"
	}
	return "workload " + o.workload
}

// jobFlags are the options that go to the job, as it would have them itself.
func (o *comparing) jobFlags() []cli.Flag {
	var all timeOptions
	switch {
	case o.simulate > 0:
		return all.visitFlags()
	case o.workload == "stats":
		return append(all.visitFlags(), new(sshOptions).flags()...)
	case o.workload == "script":
		return slices.Concat(all.groupFlags(), new(sshOptions).nameFlags(), []cli.Flag{&cli.BoolFlag{Name: "items"}})
	}
	return nil
}

// given are those of the options that the user gave, as arguments.
func given(c *cli.Context, flags []cli.Flag) []string {
	var args []string
	for _, flag := range flags {
		name := flag.Names()[0]
		if !c.IsSet(name) {
			continue
		}
		values := []string{fmt.Sprint(c.Value(name))}
		if _, several := flag.(*cli.StringSliceFlag); several {
			values = c.StringSlice(name)
		}
		for _, value := range values {
			args = append(args, "--"+name+"="+value)
		}
	}
	return args
}

package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"muster/internal/compare"
	"muster/internal/report"
	"muster/internal/sshconf"
	"muster/internal/strategy"
)

// completed is what there is to complete of a command.
type completed struct {
	name, usage string
	options     []completedOption
	arguments   argument
}

// argument is what stands on a command line beside options.
type argument int

const (
	noArgument argument = iota
	hostArgument
	commandArgument // hosts, and after "--" a command of its own
	shellArgument
)

var argumentsOf = map[string]argument{
	"collect": hostArgument, "hosts": hostArgument, "run": commandArgument, "exec": commandArgument, "compare": commandArgument,
	"completion": shellArgument,
}

// completedOption is an option and what its value may be.
type completedOption struct {
	names  []string // with their dashes, the long one first
	usage  string
	value  string   // the name of its value; empty: it is a switch
	words  []string // values that it may have
	file   bool     // its value may be the name of a file or directory
	host   bool     // its value is a host
	repeat bool
}

// completedCommands are those that --help lists, with the options that it lists.
func completedCommands(app *cli.App) (commands []completed) {
	for _, c := range visible(app) {
		command := completed{name: c.Name, usage: c.Usage, arguments: argumentsOf[c.Name]}
		for _, flag := range c.Flags {
			if !hidden(flag) && !slices.Contains(cli.HelpFlag.Names(), flag.Names()[0]) {
				command.options = append(command.options, completedOptionOf(flag))
			}
		}
		command.options = append(command.options, completedOption{names: []string{"--help", "-h"}, usage: "show help"})
		commands = append(commands, command)
	}
	return commands
}

func completedOptionOf(flag cli.Flag) completedOption {
	usage := flag.(cli.DocGenerationFlag).GetUsage()
	o := completedOption{usage: strings.ReplaceAll(usage, "`", "")}
	for _, name := range flag.Names() {
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		o.names = append(o.names, dashes+name)
	}
	if _, isSwitch := flag.(*cli.BoolFlag); isSwitch {
		return o
	}
	o.value = "VALUE"
	if quoted := strings.Split(usage, "`"); len(quoted) > 1 {
		o.value = quoted[1]
	}
	_, o.repeat = flag.(*cli.StringSliceFlag)
	o.file, o.host = o.value == "FILE" || o.value == "DIR", o.value == "HOSTS"
	for _, word := range wordsOf(flag.Names()[0]) {
		if strings.Contains(usage, word) { // it may be for some commands only
			o.words = append(o.words, word)
		}
	}
	return o
}

// wordsOf are the values that an option of this name has in some command, where they are few.
func wordsOf(name string) []string {
	switch name {
	case "strategy", "strategies":
		return strategy.Names()
	case "partition":
		return []string{"cyclic", "block", "weighted"}
	case "output":
		return report.Formats()
	case "progress", "color":
		return []string{"auto", "always", "never"}
	case "host-key":
		return []string{string(sshconf.Strict), string(sshconf.AcceptNew), string(sshconf.Off)}
	case "kex":
		return []string{defaultKex, fastKex}
	case "transport":
		return []string{ownTransport, opensshTransport}
	case "workload":
		return compare.Workloads()
	case "parse":
		return []string{"ndjson"}
	case "ssh-config", "config":
		return []string{noConfig}
	}
	return nil
}

func commandNames(commands []completed) (names []string) {
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
}

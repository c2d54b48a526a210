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

// commandDoc is what --help, completion and the manual tell of a command.
type commandDoc struct {
	name, usage string
	options     []optionDoc
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

// optionDoc is an option and what its value may be.
type optionDoc struct {
	heading string   // under which --help shows it
	names   []string // with their dashes, the long one first
	usage   string
	value   string   // the name of its value; empty: it is a switch
	words   []string // values that it may have
	file    bool     // its value may be the name of a file or directory
	host    bool     // its value is a host
	repeat  bool
	preset  string // the value where none is given; empty: nothing, or what usage says
}

// commandDocs are those that --help lists, with the options that it lists.
func commandDocs(app *cli.App) (commands []commandDoc) {
	for _, c := range visible(app) {
		command := commandDoc{name: c.Name, usage: c.Usage, arguments: argumentsOf[c.Name]}
		for _, flag := range c.Flags {
			if !hidden(flag) && !slices.Contains(cli.HelpFlag.Names(), flag.Names()[0]) {
				command.options = append(command.options, optionDocOf(flag))
			}
		}
		command.options = append(command.options, optionDoc{names: []string{"--help", "-h"}, usage: "show help"})
		commands = append(commands, command)
	}
	return commands
}

func optionDocOf(flag cli.Flag) optionDoc {
	usage := flag.(cli.DocGenerationFlag).GetUsage()
	o := optionDoc{usage: strings.ReplaceAll(usage, "`", "")}
	if f, ok := flag.(cli.CategorizableFlag); ok {
		o.heading = f.GetCategory()
	}
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
	o.value = "D" // which durations need not say
	if quoted := strings.Split(usage, "`"); len(quoted) > 1 {
		o.value = quoted[1]
	}
	_, o.repeat = flag.(*cli.StringSliceFlag)
	preset := strings.Trim(flag.(cli.DocGenerationFlag).GetDefaultText(), `"`)
	if !slices.Contains([]string{"0", "0s", "[]"}, preset) && !strings.Contains(usage, "default: ") {
		o.preset = preset
	}
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
	case "launcher":
		return []string{localLauncher, slurmLauncher}
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

func commandNames(commands []commandDoc) (names []string) {
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
}

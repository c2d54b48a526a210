package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts the options of a command before its other arguments, where the library looks for them, so that both may
// be mixed up to "--". What stands after "--" is returned apart: hosts for one command, words of a script for another.
func arrange(app *cli.App, args []string) (arranged, words []string, err error) {
	if len(args) < 2 {
		return args, nil, nil
	}
	i := slices.IndexFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 {
		return args, nil, nil
	}
	var options, hosts []string
	rest := args[2:]
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			words, rest = rest, nil
		case len(arg) < 2 || arg[0] != '-':
			hosts = append(hosts, arg)
		default:
			options = append(options, arg)
			if takesValue(app.Commands[i], arg) {
				if len(rest) == 0 {
					return nil, nil, usagef("%s needs a value: try muster %s --help", arg, args[1])
				}
				options, rest = append(options, rest[0]), rest[1:]
			}
		}
	}
	return slices.Concat(args[:2], options, []string{"--"}, hosts), words, nil
}

// takesValue reports whether the option arg of a command has its value in the argument after it.
func takesValue(command *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, flag := range command.Flags {
		if slices.Contains(flag.Names(), name) {
			_, isSwitch := flag.(*cli.BoolFlag)
			return !isSwitch
		}
	}
	return false
}

package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// line is a command line, taken apart.
type line struct {
	head    []string          // the program and its command
	command *cli.Command      // nil: there is none of that name, and head is all there is
	options []string          // with their values
	given   map[string]string // the options by their first names, and the last value of each that has one
	hosts   []string
	words   []string // what stood after "--": hosts for one command, words of a script for another
}

// arranged is a line as the library reads it: the options before the hosts. The words are left out.
func (l line) arranged() []string {
	if l.command == nil {
		return l.head
	}
	return slices.Concat(l.head, l.options, []string{"--"}, l.hosts)
}

// arrange puts the options of a command before its other arguments, where the library looks for them, so that both may
// be mixed up to "--". Where they are read, --config may also stand before the command.
func arrange(app *cli.App, args []string) (line, error) {
	at := 1
	for at < len(args) && isConfig(args[at]) {
		at++
		if !strings.Contains(args[at-1], "=") {
			at++
		}
	}
	if at >= len(args) {
		return line{head: args}, nil
	}
	i := slices.IndexFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(args[at]) })
	if i < 0 {
		return line{head: args}, nil
	}
	l := line{head: []string{args[0], args[at]}, command: app.Commands[i], given: map[string]string{}}
	before := args[1:at]
	if len(l.command.Flags) == 0 { // it has none that could have a default
		before = nil
	}
	return l, l.takeApart(slices.Concat(before, args[at+1:]))
}

func (l *line) takeApart(rest []string) error {
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			l.words, rest = rest, nil
		case len(arg) < 2 || arg[0] != '-':
			l.hosts = append(l.hosts, arg)
		default:
			l.options = append(l.options, arg)
			name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			if flag := flagNamed(l.command, name); flag != nil {
				name = flag.Names()[0]
				if _, isSwitch := flag.(*cli.BoolFlag); !isSwitch && !joined {
					if len(rest) == 0 {
						return usagef("%s needs a value: try muster %s --help", arg, l.head[1])
					}
					value, rest = rest[0], rest[1:]
					l.options = append(l.options, value)
				}
			}
			l.given[name] = value
		}
	}
	return nil
}

// isConfig reports whether an argument is --config, with or without its value.
func isConfig(arg string) bool {
	name, _, _ := strings.Cut(arg, "=")
	return name == "--config" || name == "-config"
}

// flagNamed is a command's option of that name; nil: there is none.
func flagNamed(command *cli.Command, name string) cli.Flag {
	i := slices.IndexFunc(command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return nil
	}
	return command.Flags[i]
}

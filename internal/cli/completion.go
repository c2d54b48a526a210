package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The scripts are written out whole, from the same list of commands as --help: a shell that completes starts no muster.

// shells are those that there is a script for, and what writes it.
func shells() []shell {
	return []shell{{"bash", bashCompletion}, {"zsh", zshCompletion}, {"fish", fishCompletion}}
}

type shell struct {
	name  string
	write func(w io.Writer, commands []commandDoc)
}

func shellNames() (names []string) {
	for _, shell := range shells() {
		names = append(names, shell.name)
	}
	return names
}

func (inv *invocation) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "a script that has your shell complete commands, options and their values",
		UsageText: "muster completion bash|zsh|fish",
		Description: `Examples:
  muster completion bash > ~/.muster.bash          then in ~/.bashrc: . ~/.muster.bash
  muster completion zsh > ~/.muster.zsh            then in ~/.zshrc, after compinit: . ~/.muster.zsh
  muster completion fish > ~/.muster.fish          then in config.fish: source ~/.muster.fish`,
		Action: func(c *cli.Context) error {
			name := strings.Join(slices.Concat(c.Args().Slice(), inv.words), " ")
			for _, shell := range shells() {
				if shell.name == name {
					var script strings.Builder
					shell.write(&script, commandDocs(c.App))
					_, err := io.WriteString(inv.Stdout, script.String())
					return err
				}
			}
			return usagef("which shell: muster completion bash, zsh or fish")
		},
	}
}

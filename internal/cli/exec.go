package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
)

// commandTask is the task that runs one command on each host; see package task.
const commandTask = "command"

const (
	maxCommand = 24 << 10 // bytes of a command: it has to fit a frame, escaped
	maxInput   = 16 << 20 // bytes of what each host's command reads: every worker holds it
)

// execOptions say what runs on the hosts.
type execOptions struct {
	shell string
	stdin string
	sudo  bool
}

func (inv *invocation) execCommand() *cli.Command {
	g := &gathering{invocation: inv, command: "exec", task: commandTask}
	var o execOptions
	return &cli.Command{
		Name:      "exec",
		Usage:     "one command on every host, identical output folded",
		UsageText: "muster exec [OPTIONS] [HOSTS…] -- COMMAND [ARG…]",
		Description: `What stands after -- arrives as it was typed: each word is quoted for the shell over there. --shell takes a line for
that shell instead. A host whose worker crashed runs its command again: commands that must not run twice need a guard.

Examples:
  muster exec 'web[1-20]' db1 -- uptime
  muster exec -H hosts.txt -n 4 -f 16 -- uname -sr
  muster exec 'web[1-20]' --shell 'echo $HOME | wc -c'
  muster exec 'web[1-20]' --stdin hosts.txt -- cat
  muster exec 'web[1-20]' --output-dir out -- hostname
  muster exec 'web[1-20]' --sudo -- true
  muster exec 'web[1-20]' --stream -- hostname
  muster exec 'web[1-20]' --fail-if 'not (stdout contains "Linux")' --max-failed 2 -- uname

Exit codes: 0 all well; 1 muster failed; 2 usage; 3 timeouts and losses; 4 unreachable, or no way in;
5 the command failed on some host; 6 a --fail-if was crossed; 124 deadline; 128+N signal N; 141 the reader of the output has gone.`,
		Flags: allFlags(
			g.host.flags(), g.split.flags(), g.launching.flags(), g.time.flags(), g.limits.flags(), g.journal.flags(), g.ssh.flags(), g.ssh.passwordFlags(), g.out.flags(),
			category("The command",
				&cli.StringFlag{Name: "shell", Usage: "run `LINE`, as it is, in each host's shell", Destination: &o.shell},
				&cli.StringFlag{Name: "stdin", Usage: "send `FILE` to each command's standard input, - is ours (default: nothing)", Destination: &o.stdin},
				&cli.BoolFlag{Name: "sudo", Usage: "run it as root by sudo, which must need no password without --ask-pass", Destination: &o.sudo},
			),
			g.keep.flags("host"),
		),
		Action: func(c *cli.Context) error {
			if err := o.job(c, g); err != nil {
				return err
			}
			return g.run(c, c.Args().Slice())
		},
	}
}

// job fills in what the job says of the command.
func (o *execOptions) job(c *cli.Context, g *gathering) error {
	g.job.Command, g.job.Args, g.job.AsRoot = o.shell, g.words, o.sudo
	length := len(o.shell) + len(strings.Join(g.words, ""))
	switch {
	case o.shell != "" && len(g.words) > 0:
		return usagef("--shell is the command: nothing may stand after --")
	case o.shell == "" && len(g.words) == 0:
		return usagef("no command: muster exec HOSTS -- COMMAND")
	case length > maxCommand:
		return usagef("a command of %d bytes: at most %d; --stdin takes more", length, maxCommand)
	}
	if c.IsSet("stdin") {
		input, err := o.input(g)
		if err != nil {
			return usageError{fmt.Errorf("stdin: %w", err)}
		}
		g.job.Input = input
	}
	return nil
}

// input reads what each host's command is to read.
func (o *execOptions) input(g *gathering) ([]byte, error) {
	file := g.Stdin
	if o.stdin != "-" {
		f, err := os.Open(o.stdin)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		file = f
	}
	if o.stdin == "-" && g.host.stdin() {
		return nil, errors.New("the hosts are read from it")
	}
	input, err := io.ReadAll(io.LimitReader(file, maxInput+1))
	if err == nil && len(input) > maxInput {
		err = fmt.Errorf("%s: more than %d MiB", o.stdin, maxInput>>20)
	}
	return input, err
}

// Package cli is muster's command line: one file a command. A command turns flags into a run, and what came of it into a
// report and an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"muster/internal/report"
)

// Program is all that the command line may touch of the world outside.
type Program struct {
	Args   []string // the program's name first
	Stdin  *os.File
	Stdout *os.File // the report, and nothing else
	Stderr *os.File // lines that begin with "muster: ", and progress
	// Signals begins to catch the signals that end a run. Until it is called they end the program, as it is right while
	// there is nothing to clean up. It may be called again.
	Signals func() <-chan os.Signal
	// Serve is a worker, for the strategies that run them in this process.
	Serve func(ctx context.Context, in io.Reader, out io.Writer) error
	// Poison allows simulated hosts that crash a worker made for it. Test builds set it.
	Poison bool
}

// invocation is one run of the program.
type invocation struct {
	Program
	words    []string          // what stood after "--"
	defaults map[string]string // the options that the config file has set, and where in it
	code     int               // of a command that came to an end, whatever its hosts did
}

// Main runs the command line and returns the exit code.
func Main(p Program) int {
	inv := &invocation{Program: p}
	app := inv.app()
	line, err := arrange(app, p.Args)
	inv.words = line.words
	if err == nil {
		err = inv.configure(&line)
	}
	if err == nil {
		err = app.Run(line.arranged())
	}
	if err == nil {
		return inv.code
	}
	code := codeOf(err)
	if code != codeGone { // there is nobody left to tell
		inv.sayError(err)
	}
	if code == codeUsage {
		inv.sayDefaults(err)
	}
	return code
}

func (inv *invocation) app() *cli.App {
	app := &cli.App{
		Name:                      "muster",
		Usage:                     "the load and memory of every host of a list, by one worker process for each part of it",
		UsageText:                 "muster COMMAND [OPTIONS] [HOSTS…]",
		Version:                   version(),
		Description:               "Examples:\n  muster demo\n  muster collect 'web[1-20].example.com' db1\n  muster hosts --fold n1 n2 n3 n7",
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // n[1-3,5] is one value
		Writer:                    inv.Stdout,
		ErrWriter:                 inv.Stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // only main exits
		OnUsageError:              onUsageError,
		Flags:                     []cli.Flag{configFlag()},
		Action:                    inv.welcome,
		Commands: []*cli.Command{
			inv.collectCommand(),
			inv.runCommand(),
			inv.execCommand(),
			inv.compareCommand(),
			inv.hostsCommand(),
			inv.demoCommand(),
			inv.simulateCommand(),
			inv.completionCommand(),
			inv.syntheticCommand(),
			inv.workerCommand(),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		if len(c.Flags) > 0 {
			c.Flags = append(c.Flags, category("Defaults", configFlag())...)
		}
	}
	return app
}

// workerCommand is in the list for its help alone: main has its own door for workers.
func (inv *invocation) workerCommand() *cli.Command {
	return &cli.Command{Name: "worker", Hidden: true, Usage: "the child's side; muster starts it itself"}
}

func (inv *invocation) welcome(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("unknown command %q: try muster --help", c.Args().First())
	}
	_, err := io.WriteString(inv.Stdout, `muster asks every host of a list for its load and memory at once.

  muster demo                       see it work on 200 simulated hosts: no network, no configuration
  muster collect --local            this machine
  muster collect 'web[1-20]'        your own hosts, over SSH, with your keys and known_hosts

muster --help lists the commands, muster COMMAND --help explains one.
`)
	return err
}

// usageError is a mistake in how muster was called: exit 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func onUsageError(c *cli.Context, err error, _ bool) error {
	text := err.Error()
	if flag, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		text = "unknown option " + flag
	}
	command := "muster"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "muster" {
		command += " " + c.Command.Name
	}
	return usageError{fmt.Errorf("%s: try %s --help", text, command)}
}

// sayError writes each line of an error to stderr.
func (inv *invocation) sayError(err error) {
	for line := range strings.Lines(err.Error()) {
		inv.say("%s", strings.TrimRight(line, "\n"))
	}
	if hint := hintOf(err); hint != "" {
		inv.say("hint: %s", hint)
	}
}

// say writes one line to stderr. Nothing in it reaches the terminal unescaped, nor begins a line.
func (inv *invocation) say(format string, args ...any) {
	fmt.Fprintf(inv.Stderr, "muster: %s\n", report.Clean(fmt.Sprintf(format, args...)))
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

package cli

import (
	"strconv"
	"strings"

	"github.com/google/shlex"
	"github.com/urfave/cli/v2"

	"muster/internal/launch"
	"muster/internal/strategy"
)

const localLauncher = "local"

// launchOptions say where workers run.
type launchOptions struct {
	launcher   string
	workerPath string
	command    []string // in front of the worker; empty: none
}

func (o *launchOptions) flags() []cli.Flag {
	return category("Where workers run",
		&cli.StringFlag{Name: "launcher", Usage: "`L`: local, or a command to put before the worker, in which {chunk}, {chunks} and {run} are replaced", Value: localLauncher, Destination: &o.launcher},
		&cli.StringFlag{Name: "worker-path", Usage: "`FILE` is muster over there (default: as here)", Destination: &o.workerPath},
	)
}

// far reports whether workers run behind a command.
func (o *launchOptions) far() bool { return o.launcher != localLauncher && o.launcher != "" }

// check reads the command as a shell would, but for running one.
func (o *launchOptions) check() (err error) {
	if !o.far() {
		if o.workerPath != "" {
			return usagef("--worker-path is for workers behind a --launcher")
		}
		return nil
	}
	if o.command, err = shlex.Split(o.launcher); err != nil {
		return usagef("--launcher: %w", err)
	}
	if len(o.command) == 0 {
		return usagef("--launcher: no command")
	}
	return nil
}

// checkPlan refuses what cannot be done elsewhere.
func (g *gathering) checkPlan(plan strategy.Plan) error {
	switch {
	case !g.launching.far():
		return nil
	case !plan.Processes:
		return usagef("strategy %s has workers in this process: --launcher contradicts it", plan.Strategy)
	case g.host.local:
		return usagef("--local is this machine: behind --launcher, workers are on others")
	}
	return nil
}

// behind is the launcher of far workers of a run of so many chunks.
func (o *launchOptions) behind(run string, chunks int) launch.Behind {
	return launch.Behind{Path: o.workerPath, Command: func(_, place int) []string {
		values := strings.NewReplacer("{chunk}", strconv.Itoa(place), "{chunks}", strconv.Itoa(chunks), "{run}", run)
		words := make([]string, len(o.command))
		for i, word := range o.command {
			words[i] = values.Replace(word)
		}
		return words
	}}
}

// argvs are the commands that a plan would start first, a line a chunk, with the run's name left open. nil: none.
func (o *launchOptions) argvs(chunks int) ([][]string, error) {
	if !o.far() {
		return nil, nil
	}
	launcher := o.behind("{run}", chunks)
	argvs := make([][]string, chunks)
	for place := range argvs {
		var err error
		if argvs[place], err = launcher.Argv(place+1, place); err != nil {
			return nil, err
		}
	}
	return argvs, nil
}

// quoted is a command as a shell would take it.
func quoted(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		if words[i] = word; word == "" || strings.ContainsAny(word, " \t\n\"'`$&|;<>()*?[]~#\\!") {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

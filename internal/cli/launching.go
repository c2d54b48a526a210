package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/shlex"
	"github.com/urfave/cli/v2"

	"muster/internal/launch"
	"muster/internal/orchestrator"
	"muster/internal/slurm"
	"muster/internal/strategy"
)

const (
	localLauncher = "local"
	slurmLauncher = "slurm"
)

// launchOptions say where workers run.
type launchOptions struct {
	launcher   string
	slurmArgs  string
	workerPath string
	command    []string // in front of the worker, or more arguments of srun

	engine *slurm.Engine // of a run by slurm
}

func (o *launchOptions) flags() []cli.Flag {
	return category("Where workers run",
		&cli.StringFlag{Name: "launcher", Usage: "`L`: local, slurm, or a command to put before the worker, in which {chunk}, {chunks} and {run} are replaced", Value: localLauncher, Destination: &o.launcher},
		&cli.StringFlag{Name: "slurm-args", Usage: "`ARGS` for srun: partition, account, memory, time …", Destination: &o.slurmArgs},
		&cli.StringFlag{Name: "worker-path", Usage: "`FILE` is muster over there (default: as here)", Destination: &o.workerPath},
	)
}

// far reports whether workers run behind a command.
func (o *launchOptions) far() bool { return o.launcher != localLauncher && o.launcher != "" }

// checkLaunching refuses what is of no use where workers run.
func (g *gathering) checkLaunching(c *cli.Context) error {
	switch o := &g.launching; {
	case o.launcher != slurmLauncher && g.typed(c, "slurm-args"):
		return usagef("--slurm-args is for --launcher slurm")
	case o.launcher == "" && c.IsSet("launcher"):
		return usagef("--launcher: no command")
	case !o.far() && g.typed(c, "worker-path"):
		return usagef("--worker-path is for workers behind a --launcher")
	case !o.far():
		return nil
	default:
		return o.read()
	}
}

// read reads the command as a shell would, but for running one.
func (o *launchOptions) read() (err error) {
	flag, words := "--launcher", o.launcher
	if o.launcher == slurmLauncher {
		flag, words = "--slurm-args", o.slurmArgs
	}
	o.command, err = shlex.Split(words)
	switch {
	case err != nil:
		return usagef("%s: %w", flag, err)
	case len(o.command) == 0 && o.launcher != slurmLauncher:
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

// begin readies what takes the workers of a run elsewhere, and returns what is doubtful. end must be called later.
func (o *launchOptions) begin(config *orchestrator.Config, run string, stopping <-chan struct{}) (doubts []string) {
	if !o.far() {
		return nil
	}
	config.Launcher, config.Prefixed = o.behind(run, len(config.Chunks)), true
	if o.engine == nil {
		return nil
	}
	config.Engine = o.engine
	ctx, cancel := lingering(stopping)
	defer cancel()
	return o.engine.Start(ctx)
}

// lingers is how long what runs may have left elsewhere is looked for.
const lingers = 5 * time.Second

// lingering lasts so long, or until enough is closed.
func lingering(enough <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		select {
		case <-enough:
			cancel(errors.New("no answer before the run was stopped"))
		case <-time.After(lingers):
			cancel(fmt.Errorf("no answer within %v", lingers))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// end ends what the run may have left elsewhere, unless nothing is waited for any longer.
func (o *launchOptions) end(now <-chan struct{}) error {
	if o.engine == nil {
		return nil
	}
	ctx, cancel := lingering(now)
	defer cancel()
	return o.engine.Close(ctx)
}

// behind is the launcher of far workers of a run of so many chunks.
func (o *launchOptions) behind(run string, chunks int) launch.Behind {
	if o.launcher == slurmLauncher {
		o.engine = slurm.New(run, os.Getenv("SLURM_JOB_ID"), o.command)
		return launch.Behind{Path: o.workerPath, Command: o.engine.Command, Env: o.engine.Environ(launch.WorkerEnv(os.Environ()))}
	}
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

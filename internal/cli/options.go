package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/inventory"
	"muster/internal/launch"
	"muster/internal/report"
	"muster/internal/sshconf"
	"muster/internal/strategy"
)

// The options of commands, in the groups in which --help shows them. Each group is a struct that its flags fill in.

// hostOptions say which hosts.
type hostOptions struct {
	files, exclude cli.StringSlice
	groups         groupOptions
	local          bool
	max            int
	allowEmpty     bool
}

func (o *hostOptions) flags() []cli.Flag {
	local := &cli.BoolFlag{Name: "local", Usage: "this machine too, read directly", Destination: &o.local}
	return append(o.listFlags(), category("Which hosts", local)...)
}

// listFlags are those of a list that need not be reached.
func (o *hostOptions) listFlags() []cli.Flag {
	return append(category("Which hosts",
		&cli.StringSliceFlag{Name: "hostfile", Aliases: []string{"H"}, Usage: "read hosts from `FILE`, - is standard input (repeatable)", Destination: &o.files},
		&cli.StringSliceFlag{Name: "exclude", Aliases: []string{"x"}, Usage: "leave out `HOSTS` (repeatable)", Destination: &o.exclude},
		&cli.IntFlag{Name: "max-hosts", Usage: "refuse a list of more than `N`", Value: 1_000_000, Destination: &o.max},
		&cli.BoolFlag{Name: "allow-empty", Usage: "no hosts are no error", Destination: &o.allowEmpty},
	), o.groups.flags()...)
}

// stdin reports whether hosts are read from standard input.
func (o *hostOptions) stdin() bool {
	return slices.Contains(slices.Concat(o.files.Value(), o.groups.inventories.Value()), "-")
}

// source is where the hosts come from, args among it.
func (o *hostOptions) source(ctx context.Context, inv *invocation, args []string, routes *sshconf.Routes) inventory.Source {
	source := inventory.Source{
		Args: args, Files: o.files.Value(), Stdin: inv.Stdin, Exclude: o.exclude.Value(), Local: o.local,
		Max: o.max, AllowEmpty: o.allowEmpty,
		Route: func(h fleet.Host) (fleet.Host, error) { return routes.Route(ctx, h) },
	}
	o.groups.define(&source)
	return source
}

// splitOptions say how the work is split.
type splitOptions struct {
	strategy.Ask
	partition string
	size      int // of a chunk, in place of how many
	steal     bool
	plan      bool
}

func (o *splitOptions) flags() []cli.Flag {
	fanout := &cli.IntFlag{Name: "fanout", Aliases: []string{"f"}, Usage: "`F` hosts in flight in each worker (default: 64; threads 1)", Destination: &o.Fanout}
	steal := &cli.BoolFlag{Name: "steal", Usage: "workers whose chunk is done take hosts that others have not begun (default: true; with --every and --launcher false)", Destination: &o.steal}
	return append(o.groupFlags(), category("How the work is split", fanout, steal)...)
}

// groupFlags are those that also make sense where a group is one unit.
func (o *splitOptions) groupFlags() []cli.Flag {
	return category("How the work is split",
		&cli.IntFlag{Name: "chunks", Aliases: []string{"n"}, Usage: "`N` groups of hosts, each its own worker (default: the cores)", Destination: &o.Chunks},
		&cli.IntFlag{Name: "chunk-size", Usage: "groups of at most `K` hosts, in place of their number", Destination: &o.size},
		&cli.IntFlag{Name: "max-procs", Aliases: []string{"P"}, Usage: "at most `M` workers at once (default: all)", Destination: &o.MaxProcs},
		&cli.StringFlag{Name: "strategy", Usage: "`S` is one of " + strings.Join(strategy.Names(), ", "), Value: strategy.Default, Destination: &o.Strategy},
		partitionFlag(&o.partition, "cyclic, block, or weighted by what they took in the journal's last run"),
		&cli.BoolFlag{Name: "plan", Usage: "say who would do what, and start nothing", Destination: &o.plan},
	)
}

func partitionFlag(to *string, hows string) cli.Flag {
	return &cli.StringFlag{Name: "partition", Usage: "which hosts go together, `P`: " + hows, Value: "cyclic", Destination: to}
}

// limitsOf is what may be had for work on this many hosts.
func limitsOf(hosts int) strategy.Limits {
	return strategy.Limits{Hosts: hosts, Cores: runtime.GOMAXPROCS(0), Files: launch.MaxFiles(), Workers: launch.MaxWorkers()}
}

// resolve decides how hosts are split, each of which takes so many descriptors.
func (o *splitOptions) resolve(c *cli.Context, hosts, hostFiles int) (strategy.Plan, []string, error) {
	for _, name := range []string{"chunks", "chunk-size", "max-procs", "fanout"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return strategy.Plan{}, nil, usagef("--%s must be at least 1", name)
		}
	}
	switch {
	case o.size > 0 && o.Chunks > 0:
		return strategy.Plan{}, nil, usagef("--chunks and --chunk-size say the same thing: only one of them")
	case o.size > 0:
		o.Chunks = (hosts + o.size - 1) / o.size
	}
	limits := limitsOf(hosts)
	limits.HostFiles = hostFiles
	plan, notes, err := strategy.New(o.Ask, limits)
	switch {
	case errors.Is(err, strategy.ErrNoWorker):
		return plan, nil, err
	case err != nil:
		return plan, nil, usageError{err}
	}
	return plan, notes, nil
}

// timeOptions say how long, and what a failure leads to.
type timeOptions struct {
	connect, command, deadline time.Duration
	retries                    int
	failFast                   bool
	failedTo                   string
}

func (o *timeOptions) flags() []cli.Flag { return append(o.visitFlags(), o.runFlags()...) }

// visitFlags are about each host.
func (o *timeOptions) visitFlags() []cli.Flag {
	return category("Time and failure",
		&cli.DurationFlag{Name: "connect-timeout", Aliases: []string{"t"}, Usage: "until a command can be sent: name, TCP, banner, keys, authentication", Value: 10 * time.Second, Destination: &o.connect},
		&cli.DurationFlag{Name: "timeout", Aliases: []string{"u"}, Usage: "for the command", Value: 30 * time.Second, Destination: &o.command},
		&cli.IntFlag{Name: "retries", Usage: "try a host that hangs up before authentication `N` times more", Value: 2, Destination: &o.retries},
	)
}

// itemFlags are those of a run in which items take the place of hosts.
func (o *timeOptions) itemFlags() []cli.Flag {
	return append(category("Time and failure",
		&cli.DurationFlag{Name: "connect-timeout", Aliases: []string{"t"}, Usage: "until an item is connected", Value: 10 * time.Second, Destination: &o.connect},
		&cli.DurationFlag{Name: "timeout", Aliases: []string{"u"}, Usage: "for the answer to an item", Value: 30 * time.Second, Destination: &o.command},
	), o.runFlags()...)
}

// groupFlags are those of a run without connections.
func (o *timeOptions) groupFlags() []cli.Flag {
	return append(category("Time and failure",
		&cli.DurationFlag{Name: "timeout", Aliases: []string{"u"}, Usage: "for the script (default: none)", Destination: &o.command},
		&cli.IntFlag{Name: "retries", Usage: "run a script that fails, or whose worker crashes, `N` times more, with its whole group", Destination: &o.retries},
	), o.runFlags()...)
}

// runFlags are about a run as a whole.
func (o *timeOptions) runFlags() []cli.Flag {
	return category("Time and failure",
		&cli.DurationFlag{Name: "deadline", Usage: "for the whole run, which then ends within 2s", Destination: &o.deadline},
		&cli.BoolFlag{Name: "fail-fast", Usage: "stop at the first failure that is not tolerated", Destination: &o.failFast},
		&cli.StringFlag{Name: "failed-to", Usage: "write the hosts to try again to `FILE`, a hostfile", Destination: &o.failedTo},
	)
}

// remaining is how much of the deadline is left, counted from when the program began; 0 where there is none.
func (o *timeOptions) remaining(began time.Time) time.Duration {
	if o.deadline == 0 {
		return 0
	}
	return max(o.deadline-time.Since(began), 1)
}

func (o *timeOptions) check(c *cli.Context) error {
	for _, name := range []string{"connect-timeout", "timeout", "deadline"} {
		if c.IsSet(name) && c.Duration(name) < time.Millisecond {
			return usagef("--%s must be at least 1ms", name)
		}
	}
	if o.retries < 0 {
		return usagef("--retries must not be negative")
	}
	return nil
}

// outputOptions say what is shown and where.
type outputOptions struct {
	outputs         cli.StringSlice
	view            report.Options
	columns         string
	progress, color string
	quiet, verbose  bool
}

func (o *outputOptions) flags() []cli.Flag {
	return append(o.plainFlags(report.Formats()), category("Output",
		&cli.StringFlag{Name: "sort", Usage: "by `FIELD[:desc]`, a field of the json record", Destination: &o.view.Sort},
		&cli.IntFlag{Name: "top", Usage: "show `N` hosts only, after sorting", Destination: &o.view.Top},
		&cli.StringFlag{Name: "group-by", Usage: "show a row for each value of `FIELD` in place of one a host", Destination: &o.view.By},
		&cli.StringFlag{Name: "columns", Usage: "show these `FIELDS`, separated by commas", Destination: &o.columns},
		&cli.StringFlag{Name: "template", Usage: "a line for each host, by `TEXT`, which has its fields as {{.host}}, for --output template", Destination: &o.view.Template},
		&cli.BoolFlag{Name: "summary-only", Usage: "no row a host", Destination: &o.view.SummaryOnly},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "how each worker ended and what it cost, on stderr", Destination: &o.verbose},
	)...)
}

// plainFlags are those of any report.
func (o *outputOptions) plainFlags(formats []string) []cli.Flag {
	return category("Output",
		&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT[=FILE]`: " + strings.Join(formats, ", ") + " (repeatable; default: table)", Destination: &o.outputs},
		&cli.StringFlag{Name: "progress", Usage: "`WHEN`: auto, always, never", Value: "auto", Destination: &o.progress},
		&cli.StringFlag{Name: "color", Usage: "`WHEN`: auto, always, never", Value: "auto", Destination: &o.color},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no progress, warnings and hints; one line for the table of readings", Destination: &o.quiet},
	)
}

func (o *outputOptions) check() error {
	if o.columns != "" {
		o.view.Columns = strings.Split(o.columns, ",")
	}
	if o.view.Top < 0 {
		return usagef("--top must not be negative")
	}
	for _, when := range []struct{ name, value string }{{"progress", o.progress}, {"color", o.color}} {
		if err := oneOf("--"+when.name, when.value, "auto", "always", "never"); err != nil {
			return err
		}
	}
	if err := o.view.Check(); err != nil {
		return usageError{err}
	}
	return nil
}

func oneOf(what, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return usageError{fmt.Errorf("%s %q: one of %s", what, value, strings.Join(allowed, ", "))}
	}
	return nil
}

// category puts flags under a heading of --help.
func category(name string, flags ...cli.Flag) []cli.Flag {
	for _, flag := range flags {
		switch f := flag.(type) {
		case *cli.StringFlag:
			f.Category = name
		case *cli.StringSliceFlag:
			f.Category = name
		case *cli.IntFlag:
			f.Category = name
		case *cli.Uint64Flag:
			f.Category = name
		case *cli.Float64Flag:
			f.Category = name
		case *cli.BoolFlag:
			f.Category = name
		case *cli.DurationFlag:
			f.Category = name
		case *cli.GenericFlag:
			f.Category = name
		}
	}
	return flags
}

package cli

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/journal"
)

// journalOptions say where outcomes are kept, and whether those that are there already need be had again.
type journalOptions struct {
	file                string
	resume, rerunFailed bool
}

func (o *journalOptions) flags() []cli.Flag {
	return category("Time and failure",
		&cli.StringFlag{Name: "journal", Usage: "append every outcome to `FILE` as it comes", Destination: &o.file},
		&cli.BoolFlag{Name: "resume", Usage: "do only the hosts that the journal lacks", Destination: &o.resume},
		&cli.BoolFlag{Name: "rerun-failed", Usage: "do the hosts that the journal lacks, and those that failed", Destination: &o.rerunFailed},
	)
}

// goesOn reports whether the run goes on with the journal's last one.
func (o *journalOptions) goesOn() bool { return o.resume || o.rerunFailed }

func (o *journalOptions) check(c *cli.Context) error {
	switch {
	case c.IsSet("journal") && o.file == "":
		return usagef("--journal: no file")
	case o.file == "" && o.resume:
		return usagef("--resume goes on with a journal: --journal FILE")
	case o.file == "" && o.rerunFailed:
		return usagef("--rerun-failed goes on with a journal: --journal FILE")
	}
	return nil
}

// logbook is the journal of a run over hosts, and what it makes of them.
type logbook struct {
	*journal.Journal // nil: there is none
	job              journal.Job
	goesOn           bool
	hosts            []fleet.Host
	items            bool
	todo, done       []int // hosts by index: to be visited, and those whose outcomes stand
	notes            []string
	err              error // the first of writing
}

// logbook opens the journal and changes nothing in it before begin. The journal is given free by finish, or by the end of
// this process: where nothing is waited for any longer, a disk that hangs is not either.
func (g *gathering) logbook(hosts []fleet.Host) (*logbook, error) {
	b := &logbook{job: g.identity(), goesOn: g.journal.goesOn(), hosts: hosts, items: g.items}
	if g.journal.file != "" {
		var err error
		if b.Journal, err = journal.Open(g.journal.file); err != nil {
			return nil, usageError{err}
		}
	}
	listed := 0
	if b.goesOn {
		if err := b.Fits(b.job); err != nil {
			return nil, usageError{err}
		}
		listed = b.sort(g.journal.rerunFailed)
	} else {
		for host := range hosts {
			b.todo = append(b.todo, host)
		}
	}
	b.remark(listed)
	return b, nil
}

// sort tells the hosts that are to be visited from those whose outcomes stand: that of one which was never started, or cut
// off, is none. It returns how many of them the journal has.
func (b *logbook) sort(rerunFailed bool) (listed int) {
	for host := range b.hosts {
		status, known := b.Status(b.id(host))
		if known {
			listed++
		}
		if known && !status.Unfinished() && !(rerunFailed && status.Failed()) {
			b.done = append(b.done, host)
		} else {
			b.todo = append(b.todo, host)
		}
	}
	return listed
}

// remark notes what is to be known of the journal, which has so many of the hosts.
func (b *logbook) remark(listed int) {
	if b.Journal == nil {
		return
	}
	if damage := b.Damage(); damage != "" {
		b.notes = append(b.notes, damage)
	}
	if !b.goesOn {
		return
	}
	if n := b.Hosts() - listed; n > 0 {
		b.notes = append(b.notes, fmt.Sprintf("the journal has hosts that are no longer listed: %d", n))
	}
	if b.Empty() {
		b.notes = append(b.notes, "the journal has no run to go on with: every host is done")
	}
}

// id is what a host goes by in the journal: its identity, or an item's line and content.
func (b *logbook) id(host int) string {
	h := b.hosts[host]
	if !b.items {
		return h.ID()
	}
	content := sha256.Sum256([]byte(h.Label))
	return fmt.Sprintf("%d:%x", host+1, content[:8])
}

// begin begins a run in the journal.
func (b *logbook) begin(run string) error {
	if b.Journal == nil {
		return nil
	}
	return b.Begin(run, b.job, b.goesOn)
}

// add adds the outcome of hosts that all ended alike. That the run ended before a host did is an outcome only where the
// journal has another: there may be a million of them. After a failure the run goes on without the journal.
func (b *logbook) add(hosts []int, o *fleet.Outcome) {
	for _, host := range hosts {
		if b.Journal == nil || b.err != nil {
			return
		}
		id := b.id(host)
		if _, known := b.Status(id); known || !o.Status.Unfinished() {
			b.err = b.Add(id, *o)
		}
	}
}

// finish makes sure that all that was added is kept.
func (b *logbook) finish() {
	if b.Journal == nil {
		return
	}
	if err := b.Close(); b.err == nil {
		b.err = err
	}
}

// weight is how long a host took in the journal's last run, in seconds, or as long as the others did on average where that
// is not known.
func (b *logbook) weight() (func(host int) float64, error) {
	if b.Journal == nil {
		return nil, usagef("--partition weighted goes by what hosts took in an earlier run: --journal FILE")
	}
	var sum time.Duration
	known := 0
	for _, host := range b.todo {
		if took := b.Took(b.id(host)); took > 0 {
			sum, known = sum+took, known+1
		}
	}
	if known == 0 {
		b.notes = append(b.notes, "--partition weighted: the journal does not say what these hosts took: they are dealt out")
	}
	mean := sum / time.Duration(max(known, 1))
	return func(host int) float64 {
		took := b.Took(b.id(host))
		if took == 0 {
			took = mean
		}
		return took.Seconds()
	}, nil
}

// identity is what has to be the same of a run that goes on with this one: what is done, and how its results are kept.
func (g *gathering) identity() journal.Job {
	options := map[string]string{}
	if g.job.Args != nil {
		options["command"] = fmt.Sprintf("%q", g.job.Args)
	}
	if g.job.Command != "" {
		options["shell"] = strconv.Quote(g.job.Command)
	}
	if g.job.Input != nil {
		options["stdin"] = fmt.Sprintf("sha256 %x", sha256.Sum256(g.job.Input))
	}
	for name, set := range map[string]bool{"sudo": g.job.AsRoot, "items": g.items, "parse": g.job.Parse} {
		if set {
			options[name] = "on"
		}
	}
	if g.said() || g.grouped() {
		options["max-output"] = strconv.Itoa(int(g.keep.most))
	}
	return journal.Job{Task: g.command, Options: options}
}

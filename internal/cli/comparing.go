package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"muster/internal/compare"
	"muster/internal/fleet"
	"muster/internal/report"
)

func (o *comparing) run(c *cli.Context) error {
	outputs, err := o.check(c)
	if err != nil {
		return err
	}
	if o.from != "" {
		return o.again(outputs)
	}
	end := newEnder(o.Signals(), 0) // before there is anything to remove
	defer end.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-end.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	o.drawSeed(c)
	err = o.measure(ctx, c, outputs, end)
	var ended ending
	if end.why(&ended); ended.signal != nil {
		return errors.Join(interrupted{ended.signal}, err)
	}
	return err
}

// measure takes samples until ctx ends and reports what they show.
func (o *comparing) measure(ctx context.Context, c *cli.Context, outputs *outputs, end *ender) (err error) {
	job, err := o.job(ctx, c, end)
	if err != nil {
		return notStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, job.close()) }()
	design, expected, err := o.design(ctx, job)
	if err != nil {
		return notStopped(ctx, err)
	}
	if o.plan {
		return o.showPlan(outputs, design, expected)
	}
	samples, err := o.samples(ctx, job, design, expected)
	err = notStopped(ctx, err)
	if compare.Rounds(samples) == 0 {
		return err
	}
	return errors.Join(err, o.conclude(outputs, design, samples))
}

// notStopped is err, unless it comes of having been told to end.
func notStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// samples takes the samples of a design, and says when that will have been done.
func (o *comparing) samples(ctx context.Context, job *workload, d compare.Design, expected time.Duration) ([][]compare.Sample, error) {
	all := len(d.Arms) * (d.Rounds + 1)
	note := ""
	if expected > 0 {
		note = ", about " + report.Duration(expected)
	}
	o.note("%s%s", sizeOf(d), note)
	var raw compare.Raw
	if o.raw != "" {
		var err error
		if raw, err = compare.OpenRaw(o.raw); err != nil {
			return nil, usageError{err}
		}
		if err := raw.Begin(ctx, d); err != nil {
			return nil, err
		}
	}
	progress := report.NewProgress(o.Stderr, !o.out.quiet && wanted(o.out.progress, o.Stderr))
	progress.Start(all)
	defer progress.Stop()
	return compare.Run(ctx, d, compare.Steps{
		Take:  job.take,
		Begin: func(_ int, arm compare.Arm) { progress.Started(arm.Name()) },
		Ended: func(arm compare.Arm) {
			progress.Ended(arm.Name())
			progress.Count(fleet.StatusOK, 1)
		},
		Keep: func(round, arm int, s compare.Sample) error {
			if o.raw == "" {
				return nil
			}
			return raw.Keep(ctx, round, arm, s)
		},
		Warmed: func(round time.Duration) {
			if expected == 0 && !o.out.quiet {
				fmt.Fprintf(progress, "muster: a round took %s: about %s for %d of them\n",
					report.Duration(round), report.Duration(round*time.Duration(d.Rounds)), d.Rounds)
			}
		},
	})
}

// sizeOf says how much work a comparison is.
func sizeOf(d compare.Design) string {
	return fmt.Sprintf("%s, %s of each and one to warm up, %s in a sample",
		counted(len(d.Arms), "way"), counted(d.Rounds, "sample"), counted(d.Workload.Items, "item"))
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// note says something on stderr that is no warning.
func (o *comparing) note(format string, args ...any) {
	if !o.out.quiet {
		o.say(format, args...)
	}
}

// again reports on samples that were taken before.
func (o *comparing) again(outputs *outputs) error {
	file, err := os.Open(o.from)
	if err != nil {
		return usageError{fmt.Errorf("--from: %w", err)}
	}
	defer file.Close()
	design, samples, notes, err := compare.ReadRaw(file)
	if err != nil {
		return usageError{fmt.Errorf("--from %s: %w", o.from, err)}
	}
	design.Warnings = slices.Concat(design.Warnings, notes)
	return o.conclude(outputs, design, samples)
}

// drawSeed draws a seed where none was given.
func (o *comparing) drawSeed(c *cli.Context) {
	if !c.IsSet("seed") {
		o.seed = uint64(rand.Uint32()) // short enough to be typed
	}
}

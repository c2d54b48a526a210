package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// drain is how long one of Slurm's commands may take to say its last once it is ended.
const drain = 100 * time.Millisecond

// noSuchJob is in what squeue says, unless it says nothing, of an allocation that has long ended.
const noSuchJob = "Invalid job id"

// list lists our jobs or, where one is given, its steps: the number of each, a blank, its name.
func list(ctx context.Context, job string, more ...string) ([]string, error) {
	args := append([]string{"--noheader", "--format=%i %j"}, more...)
	if job == "" {
		args = append(args, "--user="+strconv.Itoa(os.Getuid()))
	} else {
		args = append(args, "--steps", "--jobs="+job)
	}
	out, err := command(ctx, "squeue", args...)
	return strings.FieldsFunc(out, func(r rune) bool { return r == '\n' }), err
}

// cancelAll ends all jobs, or steps of an allocation, of a run, and returns how many there were.
func cancelAll(ctx context.Context, run, job string) (int, error) {
	ids, err := left(ctx, run, job)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err = command(ctx, "scancel", ids...); err != nil { // it may be of one that has just ended
		if others, unknown := left(ctx, run, job); unknown == nil && len(others) == 0 {
			err = nil
		}
	}
	return len(ids), err
}

// left are the numbers of all jobs, or steps of an allocation, of a run.
func left(ctx context.Context, run, job string) (ids []string, err error) {
	entries, err := list(ctx, job)
	if job != "" && err != nil && strings.Contains(err.Error(), noSuchJob) { // it took its steps along
		return nil, nil
	}
	for _, entry := range entries {
		if id, name, _ := strings.Cut(entry, " "); strings.HasPrefix(name, prefix(run)) {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// command runs one of Slurm's commands, as long as ctx lasts, and returns what it prints. Its error says why it failed.
func command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.WaitDelay = bare(os.Environ()), drain
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	} else if line, _, _ := strings.Cut(stderr.String(), "\n"); err != nil && line != "" {
		err = errors.New(strings.TrimPrefix(line, name+": "))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return out.String(), nil
}

// bare is an environment without what Slurm's commands take from it for options, to select other jobs, say, or to ask before
// they cancel one: all that we want is in their arguments.
func bare(environ []string) []string {
	options := []string{"SLURM_", "SRUN_", "SQUEUE_", "SCANCEL_"}
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		isOption := func(prefix string) bool { return strings.HasPrefix(variable, prefix) }
		return slices.ContainsFunc(options, isOption) && !isOption("SLURM_CONF=")
	})
}

package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// drain is how long one of Slurm's commands may take to say its last once it is ended.
const drain = 100 * time.Millisecond

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
	entries, err := list(ctx, job)
	if err != nil {
		return 0, err
	}
	var ids []string
	for _, entry := range entries {
		if id, name, _ := strings.Cut(entry, " "); strings.HasPrefix(name, prefix(run)) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	_, err = command(ctx, "scancel", ids...)
	return len(ids), err
}

// command runs one of Slurm's commands, as long as ctx lasts, and returns what it prints. Its error says why it failed.
func command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = drain
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

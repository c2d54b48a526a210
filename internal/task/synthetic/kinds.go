package synthetic

import (
	"context"
	"errors"
	"fmt"

	"muster/internal/wire"
)

// open makes the kind of work that a job names.
func open(job wire.Job) (work, error) {
	if len(job.Args) == 0 {
		return nil, errors.New("no kind")
	}
	kind, args := job.Args[0], job.Args[1:]
	needs, known := map[string]int{"cpu": 0, "disk": 1, "net": 1, "mixed": 2, "shared": 0, "none": 0}[kind]
	switch {
	case !known:
		return nil, fmt.Errorf("unknown kind %q", kind)
	case len(args) != needs:
		return nil, fmt.Errorf("%s: %d arguments, %d needed", kind, len(args), needs)
	}
	switch kind {
	case "disk":
		return disk(job.Run, args[0]), nil
	case "net":
		return network(job, args[0]), nil
	case "mixed":
		return mixed(cpu, disk(job.Run, args[0]), network(job, args[1])), nil
	case "shared":
		table() // before the first item, so that none is longer than others
		return shared, nil
	case "none":
		return none, nil
	}
	return cpu, nil
}

// none is no work at all.
func none(context.Context, int) *failure { return nil }

// mixed is items of several kinds in turn.
func mixed(kinds ...work) work {
	return func(ctx context.Context, item int) *failure { return kinds[item%len(kinds)](ctx, item) }
}

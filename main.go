// Muster asks every host of a list for its load and memory at once: it splits the list, starts itself again as one worker
// process for each part, and gathers what the workers write to their standard output.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"muster/internal/cli"
	"muster/internal/task"
	"muster/worker"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(worker.Main(context.Background(), terms(), task.Open))
	}
	os.Exit(cli.Main(program()))
}

// terms catches from now on the signal that ends a worker.
func terms() <-chan os.Signal {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM)
	return ends
}

// program is this process as the command line may use it.
func program() cli.Program {
	// When the reader of our output has gone, writing is to fail, not to kill: there are workers to end. Unlike
	// signal.Ignore, this is not inherited by the children.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return cli.Program{
		Args:    os.Args,
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Signals: sync.OnceValue(signals),
		Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
			return worker.Serve(ctx, in, out, task.Open)
		},
	}
}

// signals catches from now on the signals that end a run: those that were not ignored when we were started, as nohup does.
func signals() <-chan os.Signal {
	ends := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(ends, s)
		}
	}
	return ends
}

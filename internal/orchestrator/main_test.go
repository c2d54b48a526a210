package orchestrator_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/worker"
)

// roleKey names the variable that makes the test binary a worker process with a vice.
const roleKey = "ORCHESTRATOR_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleKey); role {
	case "":
		goleak.VerifyTestMain(m)
	case "healthy":
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
	case "grandchild": // who inherits the pipe of our frames
		child := exec.Command("sleep", "60")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
	case "other build":
		fmt.Printf(`{"hello":{"protocol":%d,"build":"an older one","pid":%d}}`+"\n", wire.Version, os.Getpid())
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "other protocol":
		fmt.Printf(`{"hello":{"protocol":%d,"build":%q,"pid":%d}}`+"\n", wire.Version+1, wire.BuildID(), os.Getpid())
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	default:
		panic("no such role: " + role)
	}
	os.Exit(worker.Main(context.Background(), nil, openFaulty))
}

// openFaulty opens a task in which hosts do to their worker what they are named for.
func openFaulty(job wire.Job, _ worker.Ask) (worker.Task, error) {
	return worker.PerHost(job.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ worker.Emit) fleet.Outcome {
		begin()
		name, _, _ := strings.Cut(h.Name, "-")
		switch name {
		case "exit":
			os.Exit(3)
		case "panic":
			panic("poison")
		case "segv":
			syscall.Kill(os.Getpid(), syscall.SIGSEGV)
			time.Sleep(time.Hour)
		case "hang":
			time.Sleep(time.Hour)
		}
		time.Sleep(10 * time.Millisecond)
		return fleet.Outcome{Status: fleet.StatusOK, Attempts: 1}
	}), nil
}

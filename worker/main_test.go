package worker

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// TestMain plays a worker process where the test binary was started as one.
func TestMain(m *testing.M) {
	switch os.Getenv("WORKER_TEST_PROCESS") {
	case "":
	case "slow end":
		terms := make(chan os.Signal, 1)
		signal.Notify(terms, syscall.SIGTERM)
		os.Exit(Main(context.Background(), terms, openSlowEnd))
	default:
		os.Exit(Main(context.Background(), nil, openStray))
	}
	goleak.VerifyTestMain(m)
}

package worker

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain plays a worker process where the test binary was started as one.
func TestMain(m *testing.M) {
	if os.Getenv("WORKER_TEST_PROCESS") != "" {
		os.Exit(Main(context.Background(), nil, openStray))
	}
	goleak.VerifyTestMain(m)
}

package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain plays a worker where the test binary was launched as one.
func TestMain(m *testing.M) {
	if os.Getenv("LAUNCH_TEST_WORKER") != "" {
		fmt.Println(strings.Join(os.Args, " "))
		for _, name := range []string{"GOTRACEBACK", "GOMAXPROCS", "DB_PASSWORD"} {
			fmt.Printf("%s=%s\n", name, os.Getenv(name))
		}
		io.Copy(os.Stdout, os.Stdin)
		os.Exit(3)
	}
	goleak.VerifyTestMain(m)
}

var errOops = errors.New("oops")

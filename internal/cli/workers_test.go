package cli

import (
	"runtime"
	"testing"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/strategy"
)

// The timers of workers may be late where each has a core, logs in to hosts, and starts nothing.
func TestWorkersThatMayBeLate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	far, here := fleet.Host{Label: "n1"}, fleet.Host{Label: "localhost", Local: true}
	for _, c := range []struct {
		name      string
		gathering gathering
		workers   int
		hosts     []fleet.Host
		want      bool
	}{
		{"a core each", gathering{task: commandTask}, 4, []fleet.Host{far}, true},
		{"two cores each", gathering{task: commandTask}, 2, []fleet.Host{far}, false},
		{"some on this machine", gathering{task: commandTask}, 4, []fleet.Host{far, here}, false},
		{"by ssh", gathering{task: commandTask, ssh: sshOptions{transport: opensshTransport}}, 4, []fleet.Host{far}, false},
		{"scripts", gathering{task: scriptTask}, 4, []fleet.Host{far}, false},
		{"items", gathering{task: syntheticTask}, 4, []fleet.Host{far}, false},
	} {
		plan := strategy.Plan{Processes: true, MaxProcs: c.workers, Fanout: 8}
		if got := c.gathering.launcher(plan, c.hosts).(launch.Exec).Batch; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

package main

import (
	"strings"
	"testing"

	"muster/internal/simulate"
)

// A worker that visits hosts on one core is scheduled as a batch, and its parent too, but not what it runs on this machine. One
// with several cores is not.
func TestWorkersAreABatch(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 1})
	const command = ` # proc_pid_stat(5), where the policy is 0 for SCHED_OTHER, 3 for SCHED_BATCH
worker=/proc/$PPID/stat
cut -d " " -f 41 /proc/self/stat $worker /proc/$(cut -d " " -f 4 $worker)/stat`
	for cores, want := range map[string]string{"1": "0 3 3", "2": "0 0 0"} {
		cmd := musterCmd(t, append([]string{"exec", "--local", "-n", "1", "-o", "json", "--shell", command}, sim.args...)...)
		cmd.Env = append(cmd.Environ(), "GOMAXPROCS="+cores)
		d := run(t, cmd).parse(t, append([]string{"localhost"}, sim.labels...))
		if got := strings.Join(strings.Fields(*d.Hosts[0].Stdout), " "); got != want {
			t.Errorf("%s cores: %q, want %q", cores, got, want)
		}
	}
}

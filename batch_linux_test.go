package main

import "testing"

// A worker that has one core to visit hosts is scheduled as a batch, and what it runs on this machine as ever.
func TestWorkersAreABatch(t *testing.T) {
	const policy = `cut -d " " -f 41 /proc/self/stat /proc/$PPID/stat` // proc_pid_stat(5); 3: SCHED_BATCH
	cmd := musterCmd(t, "exec", "--local", "-o", "json", "--shell", policy)
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=1")
	r := run(t, cmd)
	if d := r.parse(t, []string{"localhost"}); *d.Hosts[0].Stdout != "0\n3\n" {
		t.Errorf("%q", *d.Hosts[0].Stdout)
	}
}

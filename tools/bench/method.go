package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// method says how clients are held against each other, and what each of them runs.
func (b *bench) method(clients []client) string {
	var text strings.Builder
	fmt.Fprintf(&text, `Each client runs %[1]s on the same simulated hosts (muster simulate), with as many of them in flight, and
verifies their keys; muster collect runs its own script there, which says more. One round has each client once, in random order; the
first warms up, and %[2]d count. Figures are medians; ratios are those of each round, as median (least to most). CPU is that of all
processes of a client, also of those that left it, which become children of the benchmark, a subreaper, and are ended and waited for
(RUSAGE_CHILDREN); the hosts' own is not in it. Memory is the highest sum of their Pss, looked at every 10 ms in the first round. The hosts take CPU of the same
%[3]d cores, so wall time is more alike than it would be with hosts elsewhere. Packets to dead hosts are dropped on their way out, in a
network of the benchmark's own.

`, "`"+command+"`", b.rounds, runtime.NumCPU())
	text.WriteString("| client | version | command |\n|---|---|---|\n")
	for _, c := range clients {
		fmt.Fprintf(&text, "| %s | %s | `%s` |\n", c.name, c.version, c.line)
	}
	return text.String()
}

// conditions says how to measure a setting again, and what else the machine does.
func (b *bench) conditions(s setting, quick bool) string {
	options := fmt.Sprintf("-rounds %d", b.rounds)
	if quick {
		options += " -quick"
	}
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Sprintf("By `scripts/bench -only others %s -match '^%s$'`, load %.4s when it ended:\n\n", options, s.title(), load)
}

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// methodText is about a command, so many rounds, and so many cores.
const methodText = `Each client runs %[1]q on the same simulated hosts (muster simulate), with as many of them in flight as the
others, and verifies their keys but where it says otherwise. muster collect runs its own script there, which reads more. The bare loop
does no more than the SSH library that muster and gossh use; in 2 processes, each with a core, a batch for the scheduler, and as much
garbage as muster's workers have, it is near the least that a client with this library can do here. All of them run
once a round, in random order; the first round warms up, and %[2]d count. Figures are medians; ratios are taken round by round, and are
shown as their median (least to most).

CPU, divided by the hosts of the list, is that of all processes of a client, not of the hosts: also of those processes that left it,
which become children of the benchmark (PR_SET_CHILD_SUBREAPER), are ended when the client has, and waited for (RUSAGE_CHILDREN).
Memory is the highest sum of the Pss of all of them, in the first round. The hosts need CPU of the same %[3]d cores, and other work may go on
there: wall time depends on that more than CPU time does. Packets to dead hosts are dropped on their way out, in a network of the
benchmark's own; xargs is not given any, for it ends at the first ssh that does not connect, nor is Ansible, which takes long.

` + "`scripts/bench install` installs what Debian has of the clients; `scripts/bench -only others -write` measures all anew.\n\n"

// method says how clients are held against each other, and what each of them runs.
func (b *bench) method(clients []client) string {
	var text strings.Builder
	fmt.Fprintf(&text, methodText, command, b.rounds, runtime.NumCPU())
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

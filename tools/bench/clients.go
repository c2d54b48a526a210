package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// client is a program that runs a command on all hosts of a list.
type client struct {
	name string
	line string // its words, in which names stand for what target.words says
	// version is a line that succeeds where the program is there, and says which it is.
	version  string
	weight   weight
	frail    bool                 // ends as soon as a host cannot be reached
	answered func(out []byte) int // how many hosts did, by what it wrote
}

// weight is how dear a client is, and with that how many hosts it is given.
type weight int

const (
	compiled weight = iota // speaks SSH itself and is compiled: any number
	plain                  // speaks it in Python in one process, or starts ssh for each host and does no more
	fuller                 // does more than that
	heaviest               // starts several processes for each host
)

// command is what all run, but for muster collect, which asks for more. Its output has the mark once.
const (
	command = "cat /proc/loadavg /proc/meminfo"
	mark    = "MemTotal:"
)

// clients are muster first, which the others are held against.
func clients() []client {
	const (
		ours = " -H $DIR/hosts -F none -i $DIR/id --known-hosts $DIR/known_hosts -n 2 -f $HALF -t ${SECONDS}s --retries 0 -o json -q"
		ssh  = "ssh -F $DIR/ssh_config"
	)
	python := func(way, name, library string, w weight) client {
		return client{
			name: name, line: "/usr/bin/python3 $VISIT " + way + " $DIR $FLIGHT $SECONDS $COMMAND",
			version: "/usr/bin/python3 -W ignore $VISIT version " + library, weight: w,
		}
	}
	all := []client{
		{name: "muster exec", line: "$MUSTER exec" + ours + " --shell $COMMAND"},
		{name: "muster exec --kex fast", line: "$MUSTER exec --kex fast" + ours + " --shell $COMMAND"},
		{name: "muster collect", line: "$MUSTER collect" + ours, answered: count(`"mem_available_bytes":`)},
		{name: "bare x/crypto loop", line: "$LOOP -dir $DIR -f $FLIGHT -t ${SECONDS}s", answered: number},
		{name: "bare loop, fast", line: "$LOOP -fast -dir $DIR -f $FLIGHT -t ${SECONDS}s", answered: number},
		{name: "bare loop in 2 processes", line: "$LOOP -processes 2 -dir $DIR -f $FLIGHT -t ${SECONDS}s", answered: number},
		{
			name:    "gossh, which verifies no host keys",
			line:    "gossh command -i $DIR/addresses -u bench -I $DIR/id -P $PORT -c $FLIGHT --timeout.conn $SECONDS -e $COMMAND",
			version: "gossh version",
		},
		python("asyncio", "Python, asyncio", "asyncssh", plain),
		python("asyncio-processes", "Python, asyncio in 2 processes", "asyncssh", fuller),
		python("threads", "Python, threads", "paramiko", plain),
		python("processes", "Python, a process a group", "paramiko", fuller),
		{
			name: "xargs + ssh", line: "xargs -a $DIR/addresses -P $FLIGHT -I{} " + ssh + " {} $COMMAND",
			version: "xargs --version", weight: plain, frail: true,
		},
		{
			name: "GNU parallel", line: "parallel --will-cite -a $DIR/addresses -j $FLIGHT " + ssh + " {} $COMMAND",
			version: "parallel --version", weight: fuller,
		},
		{
			name: "pdsh", line: "env PDSH_SSH_ARGS_APPEND=-F$DIR/ssh_config pdsh -R ssh -f $FLIGHT -w ^$DIR/addresses $COMMAND",
			version: "pdsh -V", weight: fuller,
		},
		{
			name: "clush", line: "clush -f $FLIGHT -t $SECONDS --hostfile $DIR/addresses -o -F$DIR/ssh_config $COMMAND",
			version: "clush --version", weight: fuller,
		},
		{
			name: "pssh", line: "parallel-ssh -i -t 0 -p $FLIGHT -h $DIR/addresses -x -F$DIR/ssh_config $COMMAND",
			version: "parallel-ssh --version", weight: fuller,
		},
		{
			name:    "ansible -m raw",
			line:    "ansible all -i $DIR/addresses -f $FLIGHT -T $SECONDS --ssh-common-args=-F$DIR/ssh_config -m raw -a $COMMAND",
			version: "ansible --version", weight: heaviest,
		},
	}
	for i := range all {
		if all[i].answered == nil {
			all[i].answered = count(mark)
		}
	}
	return all
}

// installed are the clients that are here; it says which are not.
func (b *bench) installed() []client {
	var here []client
	for _, c := range clients() {
		if c.version != "" {
			words := b.words(c.version, target{})
			out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
			if err != nil {
				fmt.Fprintf(os.Stderr, "bench: %s is left out: there is none here; scripts/bench install has what Debian has\n", c.name)
				continue
			}
			c.version, _, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
		}
		here = append(here, c)
	}
	return here
}

func count(mark string) func([]byte) int {
	return func(out []byte) int { return bytes.Count(out, []byte(mark)) }
}

func number(out []byte) int {
	n, _ := strconv.Atoi(string(bytes.TrimSpace(out)))
	return n
}

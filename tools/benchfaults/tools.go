package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tool is a way to start many jobs.
type tool struct {
	name    string
	program string
	pkg     string // Debian's, which has it
	version string

	// jobs starts a job for each item, four at once: a line for a shell.
	jobs func(line string, items ...string) []string
	// asleep starts four jobs that sleep, each of which shows as a process of this name.
	asleep  []string
	process string
	// resume does what is to be done with those items that are not done by what the file says. The line has the item in $item.
	resume func(file, line string, items ...string) []string
	none   string // in place of resume
}

const nap = "sleep 30"

var items = []string{"a", "b", "c", "d"}

// tools are muster, by its two commands, and the others. Muster visits simulated hosts by the arguments of visit.
func tools(dir, muster string, visit []string) []tool {
	xargs := func(procs string) func(string, ...string) []string {
		return func(line string, items ...string) []string {
			file := filepath.Join(dir, "items")
			os.WriteFile(file, []byte(strings.Join(items, "\n")+"\n"), 0o600)
			return []string{"xargs", "-a", file, "-P", procs, "-I{}", "sh", "-c", line}
		}
	}
	all := []tool{
		{
			name: "muster exec", program: muster,
			jobs:    func(line string, _ ...string) []string { return []string{muster, "exec", "--local", "--shell", line} },
			asleep:  slices.Concat([]string{muster, "exec", "-n", "4"}, visit, []string{"--"}, strings.Fields(nap)),
			process: "exe", // its workers: the hosts sleep elsewhere
			none:    "as `run`",
		},
		{
			name: "muster run", program: muster,
			jobs: func(line string, items ...string) []string {
				return slices.Concat([]string{muster, "run"}, items, []string{"-n", fmt.Sprint(len(items)), "--", "sh", "-c", line})
			},
			resume: func(file, line string, items ...string) []string {
				line = "while read -r item; do " + line + "; done"
				return slices.Concat([]string{muster, "run", "--journal", file, "--resume"}, items, []string{"-n", "1", "--", "sh", "-c", line})
			},
		},
		{
			name: "parallel", program: "parallel", pkg: "parallel",
			jobs: func(line string, items ...string) []string {
				return slices.Concat([]string{"parallel", "--will-cite", "-j4", "-N0", line, ":::"}, items)
			},
			resume: func(file, line string, items ...string) []string {
				return slices.Concat([]string{"parallel", "--will-cite", "-j1", "--joblog", file, "--resume", "item={}; " + line, ":::"}, items)
			},
		},
		{
			name: "clush -b", program: "clush", pkg: "clustershell",
			jobs: func(line string, items ...string) []string {
				return []string{"clush", "-b", "-R", "exec", "-f", "4", "-w", strings.Join(items, ","), line}
			},
			none: "none",
		},
		{name: "xargs -P", program: "xargs", pkg: "findutils", jobs: xargs("4"), none: "none"},
		{
			name: "ansible", program: "ansible", pkg: "ansible-core",
			jobs: func(line string, items ...string) []string {
				return []string{"ansible", "all", "-i", strings.Join(items, ",") + ",", "-c", "local", "-f", "4", "-m", "shell", "-a", line}
			},
			none: "none; a playbook's `.retry` file names hosts that failed",
		},
	}
	var here []tool
	for _, t := range all {
		out, err := exec.Command(t.program, "--version").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench-faults: %s is left out: there is none here (Debian's package %s)\n", t.name, t.pkg)
			continue
		}
		t.version, _, _ = strings.Cut(string(out), "\n")
		if t.asleep == nil {
			t.asleep, t.process = t.jobs(nap, items...), "sleep"
		}
		here = append(here, t)
	}
	return here
}

// simulate starts a fleet of four, and returns how muster visits it.
func simulate(dir, muster string) (fleet *exec.Cmd, visit []string, end func(), err error) {
	fleetDir := filepath.Join(dir, "fleet")
	fleet = exec.Command(muster, "simulate", "--hosts", "4", "--dir", fleetDir, "--until-eof")
	stdin, err := fleet.StdinPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	stdout, err := fleet.StdoutPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := fleet.Start(); err != nil {
		return nil, nil, nil, err
	}
	end = func() { stdin.Close(); fleet.Wait() }
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		end()
		return nil, nil, nil, fmt.Errorf("simulate: %w", err)
	}
	visit = []string{"-H", fleetDir + "/hosts", "-i", fleetDir + "/id", "--known-hosts", fleetDir + "/known_hosts"}
	return fleet, visit, end, nil
}

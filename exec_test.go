package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/simulate"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// exec is `muster exec` over the fleet with args.
func (s simulated) exec(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	return musterCmd(t, slices.Concat([]string{"exec"}, s.args, args)...)
}

// What a command wrote and ended with is in each host's record, whichever way the work was split.
func TestExecRecords(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 30, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 2}}})
	for _, name := range []string{"hybrid", "processes", "threads", "async", "serial"} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sim.exec(t, "-o", "json", "--strategy", name, "--", "uname", "-r"))
			d := r.parse(t, sim.labels)
			for i, h := range d.Hosts {
				code, stdout, stderr := 0, sim.hosts[i].Reading.Kernel+"\n", ""
				if sim.hosts[i].Fault == simulate.Exit {
					code, stdout, stderr = 7, "", "simulated failure\n"
				}
				if h.Stdout == nil || h.Stderr == nil || h.ExitCode == nil {
					t.Errorf("%s: %+v", h.Host, h)
				} else if *h.Stdout != stdout || *h.Stderr != stderr || *h.ExitCode != code || h.Load1 != nil {
					t.Errorf("%s: exit code %d, %q, %q", h.Host, *h.ExitCode, *h.Stdout, *h.Stderr)
				}
			}
			if r.code != 5 {
				t.Errorf("exit code %d", r.code)
			}
		})
	}
}

// peak follows the memory of a process until it ends, and returns the most it had, in bytes.
func peak(t *testing.T, pid int) (most func() int64) {
	t.Helper()
	status := fmt.Sprintf("/proc/%d/status", pid)
	if _, err := os.Stat(status); err != nil {
		t.Skip("no /proc on this system")
	}
	result := make(chan int64)
	go func() {
		var seen int64
		poll := time.NewTicker(10 * time.Millisecond)
		defer poll.Stop()
		for {
			text, err := os.ReadFile(status)
			match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
			if err != nil || match == nil { // gone, or a zombie
				result <- seen
				return
			}
			kb, _ := strconv.ParseInt(string(match[1]), 10, 64)
			seen = max(seen, kb<<10)
			<-poll.C
		}
	}()
	return func() int64 { return <-result }
}

// Fifty hosts that each print a hundred megabytes at once, most of which nobody keeps: memory stays within its bounds,
// each record says how much is missing, and nothing is lost elsewhere.
func TestExecHugeOutput(t *testing.T) {
	const keep = 1 << 20
	hosts, size := 50, 10_000_000 // a fast machine is not to be taken for granted; where everything is real, this is too
	switch {
	case tier.Race:
		hosts, size = 10, 2_000_000
	case tier.CI():
		size = 100_000_000
	}
	sim := simulateFleet(t, simulate.Config{Hosts: hosts + 10, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 10}}})
	cmd := sim.exec(t, "-o", "json", "-n", "2", "-f", "32", "-u", "10m", "--", "head", "-c", strconv.Itoa(size), "/dev/zero")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	most := peak(t, cmd.Process.Pid)
	cmd.Wait()
	d := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}.parse(t, sim.labels)
	for i, h := range d.Hosts {
		if sim.hosts[i].Fault == simulate.Exit {
			if h.Status != fleet.StatusExit || *h.Stderr != "simulated failure\n" {
				t.Errorf("%s: %s, %q", h.Host, h.Status, *h.Stderr)
			}
			continue
		}
		if h.Status != fleet.StatusOK || len(*h.Stdout) != keep || h.StdoutTruncatedBytes != int64(size-keep) {
			t.Errorf("%s: %s, %d bytes and %d more: %s", h.Host, h.Status, len(*h.Stdout), h.StdoutTruncatedBytes, h.Error)
		}
	}
	if tier.Race { // it takes several times the memory
		return
	}
	if m := most(); m > 64<<20+int64(hosts)*4<<10 {
		t.Errorf("the parent had %d MiB", m>>20)
	}
	for _, w := range d.Workers {
		if w.MaxRSSBytes == nil || *w.MaxRSSBytes > 32<<20+32*(9<<20)/2 {
			t.Errorf("worker %d had %v bytes", w.PID, w.MaxRSSBytes)
		}
	}
}

// clush is ClusterShell's, run over the hosts of a real sshd; it returns which hosts printed each output.
func clush(t *testing.T, server *sshdtest.Server, known string, hosts []string, command string) map[string][]string {
	t.Helper()
	tier.Needs(t, "clush")
	options := fmt.Sprintf("-F none -i %s -p %d -o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes -o BatchMode=yes", server.Identity, server.Port, known)
	cmd := exec.Command("clush", "-b", "-f", "16", "-u", "120", "-t", "120", "-o", options, "-w", strings.Join(hosts, ","), command)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "SSH_AUTH_SOCK=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("clush: %v", err)
	}
	groups := map[string][]string{}
	// ---------------
	// HOSTS (N)
	// ---------------
	// output
	rule := strings.Repeat("-", 15) + "\n"
	parts := strings.Split(string(out), rule)
	for i := 1; i+1 < len(parts); i += 2 {
		header := strings.TrimSpace(parts[i])
		if cut := strings.LastIndex(header, " ("); cut >= 0 {
			header = header[:cut]
		}
		names, _, err := hostlist.Expand(header, len(hosts))
		if err != nil {
			t.Fatalf("clush's header %q: %v", header, err)
		}
		slices.Sort(names)
		groups[parts[i+1]] = names
	}
	return groups
}

// Two hundred addresses of a real sshd with three different outputs fold into the three groups that clush -b makes.
func TestRealSSHDExecFoldsAsClush(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{Addresses: 200})
	hosts := server.Hosts(200)
	known := knownHosts(t, server.KnownHosts(hosts...))
	command := `set -- $SSH_CONNECTION; case $3 in *[37]) echo odd; echo one;; *.1?0) echo tens;; *) echo "  rest";; esac`
	theirs := clush(t, server, known, hosts, command)
	args := []string{
		"exec", "-i", server.Identity, "-p", strconv.Itoa(server.Port), "--known-hosts", known, "-n", "4", "-f", "4",
		"-t", "120s", "-u", "120s", "--shell", command,
	}
	r := run(t, musterCmd(t, slices.Concat(args, hosts)...))
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	ours := map[string][]string{}
	var counts []int
	header := regexp.MustCompile(`^(\S+) \((\d+)\)$`)
	var at string
	text := map[string]string{}
	for line := range strings.Lines(r.stdout) {
		if match := header.FindStringSubmatch(strings.TrimSuffix(line, "\n")); match != nil {
			at = match[1]
			n, _ := strconv.Atoi(match[2])
			counts = append(counts, n)
			text[at] = ""
		} else if body, is := strings.CutPrefix(line, "  "); is {
			text[at] += body
		}
	}
	for folded, body := range text {
		names, _, err := hostlist.Expand(folded, len(hosts))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		ours[body] = names
	}
	if len(ours) != 3 || len(theirs) != 3 {
		t.Fatalf("%d groups, clush has %d:\n%s", len(ours), len(theirs), r.stdout)
	}
	for body, names := range theirs {
		if !slices.Equal(ours[body], names) {
			t.Errorf("%q: %d hosts, clush has %d", body, len(ours[body]), len(names))
		}
	}
	if !slices.IsSortedFunc(counts, func(a, b int) int { return b - a }) {
		t.Errorf("not the biggest first: %v", counts)
	}
}

// --output-dir has a file for each host with exactly what it wrote.
func TestExecOutputDir(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 12})
	dir := filepath.Join(t.TempDir(), "new", "out")
	if r := run(t, sim.exec(t, "--output-dir", dir, "--", "uname", "-r")); r.code != 0 {
		t.Fatal(r.stderr)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, h := range sim.hosts {
		if got := read(t, filepath.Join(dir, h.Label)); got != h.Reading.Kernel+"\n" {
			t.Errorf("%s: %q", h.Label, got)
		}
	}
}

// Lines are shown as they come, whole, and a reader that has had enough ends the run.
func TestExecStream(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 20})
	r := run(t, sim.exec(t, "--stream", "-n", "4", "--", "echo", "one\ntwo"))
	lines := map[string]int{}
	for line := range strings.Lines(r.stdout) {
		lines[strings.TrimSuffix(line, "\n")]++
	}
	for _, label := range sim.labels {
		if lines[label+": one"] != 1 || lines[label+": two"] != 1 {
			t.Errorf("%s: %d, %d", label, lines[label+": one"], lines[label+": two"])
		}
	}
	if r.code != 0 || !strings.Contains(r.stdout, "\nhosts       20: 20 ok\n") {
		t.Errorf("exit code %d:\n%s", r.code, r.stdout)
	}

	cmd := sim.exec(t, "--stream", "-n", "2", "-f", "1", "--", "head", "-c", "20000000", "/dev/zero")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(stdout).ReadString('\n')
	stdout.Close()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 141 {
		t.Errorf("exit code %d", code)
	}
}

package main

import (
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// probes are the scripts of examples/ and the programs without which they do not run.
var probes = map[string][]string{
	"examples/probe.sh": {"sh", "awk"},
	"examples/probe.py": {"python3"},
}

// missing says which of programs is not installed, or "". Where MUSTER_REQUIRE_REAL is set none may be.
func missing(t *testing.T, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if tier.CI() {
				t.Fatalf("%s is not installed, and MUSTER_REQUIRE_REAL is set", program)
			}
			return program
		}
	}
	return ""
}

func skipWithout(t *testing.T, programs ...string) {
	t.Helper()
	if program := missing(t, programs...); program != "" {
		t.Skipf("%s is not installed", program)
	}
}

// The probes say of a real sshd's hosts what collect says: the same statuses, and the same figures where those do not
// change.
func TestExampleProbesAgreeWithCollect(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 40})
	addresses := server.Hosts(40)
	known := knownHosts(t, server.KnownHosts(addresses[1:]...))
	hosts := []string{addresses[0], closedPort(t)} // nobody vouches for the first one, nobody listens on the other
	for i, address := range addresses[1:] {
		if i%2 == 0 {
			address = fmt.Sprintf("%s@%s:%d", server.User, address, server.Port)
		}
		hosts = append(hosts, address)
	}
	theirs := run(t, musterCmd(t, slices.Concat(args, []string{"--known-hosts", known}, hosts)...)).parse(t, hosts)
	for i, want := range []fleet.Status{fleet.StatusHostKey, fleet.StatusRefused, fleet.StatusOK} {
		if got := theirs.Hosts[i]; got.Status != want {
			t.Fatalf("%s: %s, want %s: %s", got.Host, got.Status, want, got.Error)
		}
	}
	for probe, programs := range probes {
		t.Run(filepath.Base(probe), func(t *testing.T) {
			skipWithout(t, append(programs, "ssh")...)
			options := slices.Concat([]string{"run", "-n", "4", "-p", strconv.Itoa(server.Port), "--parse", "ndjson", "-o", "json"}, hosts)
			cmd := musterCmd(t, append(options, "--", probe)...)
			cmd.Env = append(cmd.Env, "PROBE_AT_ONCE=4", fmt.Sprintf(
				"PROBE_SSH_OPTS=-F none -p %d -l %s -i %s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s -o GlobalKnownHostsFile=none -o ConnectTimeout=120",
				server.Port, server.User, server.Identity, known,
			))
			r := run(t, cmd)
			ours := r.parse(t, hosts)
			if ours.ExitCode != theirs.ExitCode || len(ours.Warnings) > 0 || len(ours.Groups) != 4 {
				t.Errorf("exit code %d, collect's is %d; %d groups, warnings %q, stderr:\n%s",
					ours.ExitCode, theirs.ExitCode, len(ours.Groups), ours.Warnings, r.stderr)
			}
			for i, host := range hosts {
				agree(t, host, ours.Hosts[i].Outcome, theirs.Hosts[i].Outcome)
			}
		})
	}
}

// closedPort is a host on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// agree holds what a probe says of a host against what collect does.
func agree(t *testing.T, host string, ours, theirs fleet.Outcome) {
	t.Helper()
	if ours.Status != theirs.Status {
		t.Errorf("%s: %s (%s), collect says %s (%s)", host, ours.Status, ours.Error, theirs.Status, theirs.Error)
		return
	}
	if ours.Status != fleet.StatusOK {
		if ours.Error == "" {
			t.Errorf("%s: %s, and not why", host, ours.Status)
		}
		return
	}
	if ours.CPUs == nil || *ours.CPUs != *theirs.CPUs || ours.MemTotalBytes == nil || *ours.MemTotalBytes != *theirs.MemTotalBytes {
		t.Errorf("%s: %+v, collect says %d cpus, %d bytes", host, ours.Reading, *theirs.CPUs, *theirs.MemTotalBytes)
		return
	}
	for _, load := range []*float64{ours.Load1, ours.Load5, ours.Load15} {
		if load == nil || math.IsNaN(*load) || *load < 0 || *load > 10_000 {
			t.Errorf("%s: load %v", host, load)
		}
	}
	if available := ours.MemAvailableBytes; available == nil || *available <= 0 || *available > *ours.MemTotalBytes {
		t.Errorf("%s: available memory %v", host, available)
	}
}

// fakeSSH prints what files named after the host hold, with the exit code that stands in a third. It writes down how it
// was called and how many of it ran at once.
const fakeSSH = `#!/bin/sh
dir=${0%/*}
touch "$dir/busy/$$"
set -- "$@" end
before=
while [ "$1" != -- ]; do
	before="$before $1"
	shift
done
echo "$before" >"$dir/$2.called"
ls "$dir/busy" | wc -l >>"$dir/counts"
sleep 0.1
cat "$dir/$2.out"
cat "$dir/$2.err" >&2
read -r code <"$dir/$2.code"
rm "$dir/busy/$$"
exit "$code"
`

const (
	saidLoad   = "0.50 1.25 2.00 1/532 532\n"
	saidMemory = "MemTotal:        4055664 kB\nMemFree:         2563967 kB\nMemAvailable:    3000000 kB\n"
)

// answers are what a host, or ssh in its place, may say, and what a probe is to make of it.
var answers = []struct {
	label, name string // the host as muster and as ssh names it
	out, err    string
	code        int
	status      fleet.Status
	error       string // how it ends
	cpus        int
	available   int64 // kB
}{
	{label: "plain", out: saidLoad + saidMemory + "0-3\n", cpus: 4, available: 3_000_000},
	{label: "root@plain2:2222", name: "plain2", out: saidLoad + saidMemory + "0\n", cpus: 1, available: 3_000_000},
	{label: "a@[2001:db8::1]:2222", name: "2001:db8::1", out: saidLoad + saidMemory + "0-1,4,6-7\n", cpus: 5, available: 3_000_000},
	{label: "[2001:db8::2]", name: "2001:db8::2", out: saidLoad + saidMemory, available: 3_000_000},
	{label: "2001:db8:0:0:0:0:0:3", name: "2001:db8:0:0:0:0:0:3", out: saidLoad + saidMemory, available: 3_000_000},
	{label: "greets", out: "Welcome!\n1 2 3\n\x1b[1mload: 9.99\n" + saidLoad + saidMemory + "0-3\nbye", err: "tty: none\n", cpus: 4, available: 3_000_000},
	{label: "no-sysfs", out: saidLoad + saidMemory, err: "cat: /sys/devices/system/cpu/online: No such file or directory\n", available: 3_000_000},
	{label: "exits", out: saidLoad + saidMemory + "0-3\n", code: 1, cpus: 4, available: 3_000_000},
	{
		label: "linux-3.13", available: 1000 + 20 + 300 + 4000 - 5,
		out: saidLoad + "MemTotal: 4055664 kB\nMemFree: 1000 kB\nBuffers: 20 kB\nCached: 300 kB\nSReclaimable: 4000 kB\nShmem: 5 kB\n",
	},
	{label: "no-memory", out: saidLoad + "MemTotal: 4055664 kB\n", status: fleet.StatusParse, error: "MemTotal: 4055664 kB"},
	{label: "no-proc", err: "cat: /proc/loadavg: No such file or directory\n", status: fleet.StatusParse, error: "No such file or directory"},
	{label: "silent", status: fleet.StatusParse, error: "no load and memory: "},
	{label: "binary", out: "\xff\xfe\n\x01\x80", status: fleet.StatusParse, error: "\x01\ufffd"},
	{label: "huge", out: strings.Repeat("9", 1<<20) + "\n" + strings.Repeat("9", 30) + ".1 1.0 1.0 1/2 3\n", status: fleet.StatusParse, error: "1/2 3"},
	{label: "nologin", out: "This account is currently not available.\n", code: 1, status: fleet.StatusExit, error: "exit status 1: This account is currently not available."},
	{label: "torn", out: saidLoad + saidMemory, err: "client_loop: send disconnect: Broken pipe\r\n", code: 255, status: fleet.StatusClosed, error: "Broken pipe"},
	{label: "says-255", err: "my own\n", code: 255, status: fleet.StatusExit, error: "exit status 255: my own"},
	{label: "evil", err: "\x1b[31m\x01\t\"quoted\" back\\slash\x7f\b\n", code: 3, status: fleet.StatusExit, error: "exit status 3: \x1b[31m\x01\t\"quoted\" back\\slash\x7f\b"},
	{label: "refused", err: "ssh: connect to host refused port 22: Connection refused\r\n", code: 255, status: fleet.StatusRefused, error: "Connection refused"},
	{label: "no-route", err: "ssh: connect to host no-route port 22: No route to host\r\n", code: 255, status: fleet.StatusUnreachable, error: "No route to host"},
	{label: "no-name", err: "ssh: Could not resolve hostname no-name: Name or service not known\r\n", code: 255, status: fleet.StatusResolve, error: "not known"},
	{label: "slow", err: "ssh: connect to host slow port 22: Connection timed out\r\n", code: 255, status: fleet.StatusTimeout, error: "timed out"},
	{label: "mute", err: "Connection timed out during banner exchange\r\nConnection to 192.0.2.1 port 22 timed out\r\n", code: 255, status: fleet.StatusTimeout, error: "timed out"},
	{label: "unknown", err: "No ED25519 host key is known for unknown and you have requested strict checking.\r\nHost key verification failed.\r\n", code: 255, status: fleet.StatusHostKey, error: "failed."},
	{label: "denied", err: "root@denied: Permission denied (publickey).\r\n", code: 255, status: fleet.StatusAuth, error: "(publickey)."},
	{label: "hangs-up", err: "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 192.0.2.1 port 22\r\n", code: 255, status: fleet.StatusClosed, error: "port 22"},
}

// The probes make of whatever ssh may say one record a host that muster takes, and run eight of it at once.
func TestExampleProbesWithoutSSH(t *testing.T) {
	for probe, programs := range probes {
		t.Run(filepath.Base(probe), func(t *testing.T) {
			t.Parallel()
			skipWithout(t, append(programs, "sh")...)
			dir := t.TempDir()
			hosts := fakeHosts(t, dir)
			cmd := musterCmd(t, slices.Concat([]string{"run", "-n", "1", "--parse", "ndjson", "-o", "json"}, hosts, []string{"--", probe})...)
			cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"), "PROBE_SSH_OPTS=-p 22 *")
			r := run(t, cmd)
			d := r.parse(t, hosts)
			if len(d.Warnings) > 0 || d.Groups[0].Status != fleet.StatusOK || d.Groups[0].Stdout != "" || d.Groups[0].Stderr != "" {
				t.Errorf("%+v, warnings %q", d.Groups[0], d.Warnings)
			}
			for i, h := range d.Hosts {
				checkAnswer(t, i, h.Outcome)
			}
			if called := read(t, filepath.Join(dir, "plain2.called")); !strings.HasPrefix(called, " -l root -p 2222 -p 22 * ") {
				t.Errorf("ssh was called with %q", called)
			}
			most := 0
			for count := range strings.FieldsSeq(read(t, filepath.Join(dir, "counts"))) {
				n, err := strconv.Atoi(count)
				if err != nil {
					t.Fatal(err)
				}
				most = max(most, n)
			}
			if most < 2 || most > 8 {
				t.Errorf("%d at once", most)
			}
		})
	}
}

// fakeHosts writes the fake ssh and what it answers, and returns the hosts.
func fakeHosts(t *testing.T, dir string) []string {
	t.Helper()
	files := map[string]string{"ssh": fakeSSH}
	var hosts []string
	for _, a := range answers {
		name := a.name
		if name == "" {
			name = a.label
		}
		files[name+".out"], files[name+".err"], files[name+".code"] = a.out, a.err, strconv.Itoa(a.code)+"\n"
		hosts = append(hosts, a.label)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "busy"), 0o700); err != nil {
		t.Fatal(err)
	}
	return hosts
}

// checkAnswer holds what became of the i-th answer to what it should.
func checkAnswer(t *testing.T, i int, got fleet.Outcome) {
	t.Helper()
	want := answers[i]
	if want.status != "" {
		if got.Status != want.status || !strings.HasSuffix(got.Error, want.error) {
			t.Errorf("%s: %s: %q, want %s: …%q", want.label, got.Status, got.Error, want.status, want.error)
		}
		return
	}
	if got.Status != fleet.StatusOK || got.Load1 == nil || *got.Load1 != 0.5 || *got.Load5 != 1.25 || *got.Load15 != 2 {
		t.Errorf("%s: %s: %s, %+v", want.label, got.Status, got.Error, got.Reading)
		return
	}
	if *got.MemTotalBytes != 4055664<<10 || *got.MemAvailableBytes != want.available<<10 {
		t.Errorf("%s: %d bytes, %d available", want.label, *got.MemTotalBytes, *got.MemAvailableBytes)
	}
	if (got.CPUs == nil) != (want.cpus == 0) || got.CPUs != nil && *got.CPUs != want.cpus {
		t.Errorf("%s: cpus %v, want %d", want.label, got.CPUs, want.cpus)
	}
}

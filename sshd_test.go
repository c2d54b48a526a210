package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// sshd is a real server on many addresses and the arguments with which muster reaches it. It may be asked for little at
// a time: a login takes it some 85 ms of CPU.
func sshd(t *testing.T, addresses int) (*sshdtest.Server, []string) {
	t.Helper()
	server := sshdtest.Start(t, sshdtest.Options{Addresses: addresses})
	return server, []string{
		"collect", "-i", server.Identity, "-p", strconv.Itoa(server.Port), "-n", "4", "-f", "4", "-o", "json", "-t", "120s", "-u", "120s",
	}
}

func knownHosts(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Two hundred addresses of a real sshd: each host once, with the figures of this machine.
func TestRealSSHDTwoHundredHosts(t *testing.T) {
	server, args := sshd(t, 200)
	hosts := server.Hosts(200)
	known := knownHosts(t, server.KnownHosts(hosts...))
	d := run(t, musterCmd(t, slices.Concat(args, []string{"--known-hosts", known}, hosts)...)).parse(t, hosts)
	if d.ExitCode != 0 {
		t.Errorf("exit code %d: %s", d.ExitCode, d.ExitReason)
	}
	kernel := strings.TrimSpace(read(t, "/proc/sys/kernel/osrelease"))
	boot := strings.TrimSpace(read(t, "/proc/sys/kernel/random/boot_id"))
	total := meminfo(t, "MemTotal")
	for _, h := range d.Hosts {
		if h.Status != fleet.StatusOK {
			t.Errorf("%s: %s %s: %s", h.Host, h.Status, h.Phase, h.Error)
			continue
		}
		if *h.CPUs != runtime.NumCPU() || h.Kernel != kernel || h.BootID != boot || h.OS != "Linux" || *h.MemTotalBytes != total {
			t.Errorf("%s is not this machine: %d cpus, kernel %s, boot %s, %d bytes", h.Host, *h.CPUs, h.Kernel, h.BootID, *h.MemTotalBytes)
		}
		if *h.Load1 < 0 || *h.Load1 > 1000 || *h.MemAvailableBytes <= 0 || *h.MemAvailableBytes > total || *h.UptimeSeconds <= 0 {
			t.Errorf("%s: load %v, %d bytes available, up %v s", h.Host, *h.Load1, *h.MemAvailableBytes, *h.UptimeSeconds)
		}
		if *h.ClockOffsetMS < -2000 || *h.ClockOffsetMS > 2000 {
			t.Errorf("%s: its clock, which is ours, is %v ms off", h.Host, *h.ClockOffsetMS)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func meminfo(t *testing.T, field string) int64 {
	t.Helper()
	for line := range strings.Lines(read(t, "/proc/meminfo")) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			kb, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatalf("no %s", field)
	return 0
}

// Under strict, a host that nobody vouches for (F34) and one whose key has changed (F35) are refused; known_hosts is not
// touched.
func TestRealSSHDStrict(t *testing.T) {
	server, args := sshd(t, 3)
	other := sshdtest.Start(t, sshdtest.Options{})
	hosts := server.Hosts(3)
	changed := strings.Replace(other.KnownHosts(hosts[1]), fmt.Sprint(other.Port), fmt.Sprint(server.Port), 1)
	lines := server.KnownHosts(hosts[0]) + changed
	known := knownHosts(t, lines)
	r := run(t, musterCmd(t, slices.Concat(args, []string{"--known-hosts", known}, hosts)...))
	d := r.parse(t, hosts)
	for i, want := range []struct {
		name   string
		status fleet.Status
		text   string
	}{{"known key", fleet.StatusOK, ""}, {"F35 changed key", fleet.StatusHostKey, "changed"}, {"F34 unknown key", fleet.StatusHostKey, "not known"}} {
		t.Run(want.name, func(t *testing.T) {
			if got := d.Hosts[i]; got.Status != want.status || !strings.Contains(got.Error, want.text) {
				t.Errorf("%s: %s: %q, want %s: %s", got.Host, got.Status, got.Error, want.status, want.text)
			}
		})
	}
	if r.code != 4 || read(t, known) != lines {
		t.Errorf("exit code %d; known_hosts:\n%s", r.code, read(t, known))
	}
}

// Under accept-new each name gets one line, also where four workers ask about one address at once, and OpenSSH reads
// the file.
func TestF43AcceptNewWritesOneLineAName(t *testing.T) {
	server, args := sshd(t, 5)
	addresses := server.Hosts(5)
	me := server.User
	// Logging in as others is refused, which is after the host's key was judged.
	hosts := []string{me + "@" + addresses[0], "nobody@" + addresses[0], "daemon@" + addresses[0], "bin@" + addresses[0]}
	hosts = append(hosts, addresses[1:]...)
	known := filepath.Join(t.TempDir(), "new", "known_hosts")
	args = append(args, "--known-hosts", known, "--host-key", "accept-new", "--retries", "0")
	for round := range 2 {
		d := run(t, musterCmd(t, slices.Concat(args, hosts)...)).parse(t, hosts)
		for i, h := range d.Hosts {
			if want := map[bool]fleet.Status{true: fleet.StatusAuth, false: fleet.StatusOK}[i >= 1 && i <= 3]; h.Status != want {
				t.Errorf("round %d: %s: %s, want %s: %s", round, h.Host, h.Status, want, h.Error)
			}
		}
		if lines := strings.Count(read(t, known), "\n"); lines != len(addresses) {
			t.Errorf("round %d: %d lines for %d names:\n%s", round, lines, len(addresses), read(t, known))
		}
	}
	for _, address := range addresses {
		name := fmt.Sprintf("[%s]:%d", address, server.Port)
		if out, err := exec.Command("ssh-keygen", "-F", name, "-f", known).CombinedOutput(); err != nil {
			t.Errorf("ssh-keygen finds no %s: %v\n%s", name, err, out)
		}
	}
}

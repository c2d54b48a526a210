package main

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// sshd is a real server and the arguments with which muster reaches it. It may be asked for little at a time: a login
// takes it some 85 ms of CPU.
func sshd(t *testing.T, opts sshdtest.Options) (*sshdtest.Server, []string) {
	t.Helper()
	server := sshdtest.Start(t, opts)
	return server, []string{
		"collect", "-F", "none", "-i", server.Identity, "-p", strconv.Itoa(server.Port), "-n", "4", "-f", "4", "-o", "json", "-t", "120s", "-u", "120s",
	}
}

// Two hundred addresses of a real sshd: each host once, with the figures of this machine.
func TestRealSSHDTwoHundredHosts(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 200})
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

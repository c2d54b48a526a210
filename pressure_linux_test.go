package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// A worker that may suddenly open nothing more holds its hosts, and visits them once it may again: no host is blamed.
// Only where that takes longer than the hosts have time, they are local.
func TestF76DescriptorsRunOut(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]fleet.Status{"for a while": fleet.StatusOK, "for good": fleet.StatusLocal} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulateFleet(t, simulate.Config{Hosts: 12, Latency: 10 * time.Millisecond})
			report := filepath.Join(t.TempDir(), "report")
			args := []string{"-n", "1", "-f", "4", "-o", "ndjson", "-o", "json=" + report}
			if status == fleet.StatusLocal {
				args = append(args, "-t", "2s")
			}
			cmd := sim.collect(t, args...)
			out := starts(t, cmd)
			if _, err := out.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			worker := processes(t, cmd.Process.Pid)[0]
			var before unix.Rlimit
			none := unix.Rlimit{Cur: 0, Max: 20000}
			if err := unix.Prlimit(worker, unix.RLIMIT_NOFILE, &none, &before); err != nil {
				tier.Lacks(t, err.Error())
			}
			if status == fleet.StatusOK {
				time.AfterFunc(time.Second, func() { unix.Prlimit(worker, unix.RLIMIT_NOFILE, &before, nil) })
			}
			out.WriteTo(discard{})
			cmd.Wait()
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			d := ran{code: cmd.ProcessState.ExitCode(), stdout: string(text)}.parse(t, sim.labels)
			if d.Summary.ByStatus[status] == 0 {
				t.Errorf("%v", d.Summary.ByStatus)
			}
			for _, h := range d.Hosts {
				held := h.Status == status && h.Status == fleet.StatusLocal && strings.Contains(h.Error, "too many open files")
				if h.Status != fleet.StatusOK && !held {
					t.Errorf("%s: %s: %s", h.Host, h.Status, h.Error)
				}
			}
		})
	}
}

// With fewer ports than hosts in flight, hosts wait for one of those to become free: slower, but every host is ok.
func TestF79PortsRunOut(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root makes network namespaces")
	}
	cmd := musterCmd(t)
	cmd.Args = []string{"fewports"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	r := run(t, cmd)
	var d document
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil || r.code != 0 || d.Summary.ByStatus[fleet.StatusOK] != fewPortsHosts {
		t.Errorf("exit code %d, %v, %v, stderr:\n%s", r.code, d.Summary.ByStatus, err, r.stderr)
	}
}

// fewPortsHosts are more than the ports from which they can be reached.
const fewPortsHosts = 24

// fewPortsMain collects from one address under many names, in a network namespace of its own with eight ports to do so from.
func fewPortsMain() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	lo, err := unix.NewIfreq("lo")
	check(err)
	lo.SetUint16(unix.IFF_UP)
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	check(err)
	check(unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, lo))
	sim, err := simulate.Start(simulate.Config{Hosts: 1})
	check(err)
	dir, err := os.MkdirTemp("", "muster-few-ports-")
	check(err)
	defer os.RemoveAll(dir)
	check(sim.WriteDir(dir))
	check(os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40007"), 0))
	cmd := exec.Command("/proc/self/exe", "collect", "-n", "2", "-f", "8", "-o", "json", "-i", dir+"/id", "--known-hosts", dir+"/known_hosts")
	cmd.Args[0], cmd.Stdout, cmd.Stderr = "muster", os.Stdout, os.Stderr
	for i := range fewPortsHosts {
		cmd.Args = append(cmd.Args, fmt.Sprintf("user%d@%s", i, sim.Hosts()[0].Label))
	}
	check(cmd.Run())
}

// Where a control group's memory runs out, a worker is killed, and not muster, although that holds more: it says what it was
// and goes on.
func TestF78OutOfMemory(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 40, Latency: 5 * time.Millisecond})
	cmd := grouped(t, sim.collect(t, "-n", "2", "-f", "2", "-o", "json"), "memory", "memory.limit_in_bytes=256M", "memory.max=256M")
	cmd.Env = append(cmd.Env, gluttonVariable+"="+filepath.Join(t.TempDir(), "glutton"))
	d := allOK(t, sim, run(t, cmd))
	if said := strings.Join(d.Warnings, "\n"); !strings.Contains(said, "killed by signal 9 (SIGKILL), possibly out of memory") {
		t.Errorf("warnings:\n%s", said)
	}
}

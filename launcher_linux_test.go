package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// musterLink is a path of this program by which it is muster, for commands that start it.
func musterLink(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "muster")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// A command in front of workers that is killed costs what is in flight, which is done again, and a worker far away ends with
// its input, however its command or muster died.
func TestLauncherFaults(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 60, Latency: 20 * time.Millisecond})
	tests := map[string]struct {
		signal syscall.Signal
		victim string
		code   int // -1: none
	}{
		"command killed": {syscall.SIGKILL, "command", 0},
		"worker killed":  {syscall.SIGKILL, "worker", 0},
		"muster killed":  {syscall.SIGKILL, "muster", -1},
		"muster ended":   {syscall.SIGINT, "muster", 130},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link := musterLink(t)
			// The worker is a child of the command's: it does not hear of signals.
			launcher := `sh -c '"$0" worker; exit $?'`
			cmd := sim.collect(t, "-n", "3", "-f", "2", "-o", "json", "--launcher", launcher, "--worker-path", link)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill() })
			victims := map[string]int{"muster": cmd.Process.Pid}
			eventually(t, soon, func() string {
				all := marked(t, link)
				for _, pid := range all {
					if inFront(pid) {
						victims["command"] = pid
					} else {
						victims["worker"] = pid
					}
				}
				if len(all) < 6 || len(victims) < 3 {
					return fmt.Sprintf("%d processes", len(all))
				}
				return ""
			})
			if err := syscall.Kill(victims[tt.victim], tt.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if tt.code >= 0 {
				r := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
				d := r.parse(t, sim.labels)
				if r.code != tt.code || tt.code == 0 && d.Summary.ByStatus[fleet.StatusOK] != len(sim.labels) {
					t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
				}
			}
			eventually(t, time.Second+2*time.Second, func() string {
				if left := marked(t, link); len(left) > 0 {
					return fmt.Sprintf("processes live on: %v", left)
				}
				return ""
			})
		})
	}
}

// A controller of Slurm that does not answer, while a run before this one has something to cancel, holds up nobody who wants
// to stop. What is left is for the next run.
func TestSlurmSilent(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 3})
	home, bin, link := t.TempDir(), t.TempDir(), musterLink(t)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	records := filepath.Join(home, ".cache", "muster", "slurm")
	if err := os.MkdirAll(records, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		filepath.Join(records, host+"+DEAD+"): "",
		filepath.Join(bin, "squeue"):          "#!/bin/sh\n: >\"$0.asked\"\nexec sleep 1000\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := sim.collect(t, "-o", "json", "--launcher", "slurm", "--worker-path", link)
	cmd.Env = append(cmd.Env, "HOME="+home, "XDG_CACHE_HOME=", "PATH="+bin+":"+os.Getenv("PATH"))
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	eventually(t, soon, func() string {
		if _, err := os.Stat(filepath.Join(bin, "squeue.asked")); err != nil {
			return "nobody looks for what is left"
		}
		return ""
	})
	kill(t, cmd.Process.Pid, syscall.SIGINT)
	began := time.Now()
	cmd.Wait()
	r := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	d := r.parse(t, sim.labels)
	if took := time.Since(began); r.code != 130 || d.Summary.ByStatus[fleet.StatusSkipped] != 3 || took > 2*time.Second+2*time.Second {
		t.Errorf("exit code %d after %v, %v, stderr:\n%s", r.code, took, d.Summary.ByStatus, r.stderr)
	}
	if left, _ := os.ReadDir(records); len(left) != 2 {
		t.Errorf("records: %v", left)
	}
}

// inFront reports whether a process is the command in front of a worker.
func inFront(pid int) bool {
	args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.HasPrefix(string(args), "sh\x00")
}

// Hosts that run again, because their worker crashed, do so behind the command of their own chunk: it may be their only way.
func TestLauncherPlaces(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 12, Poison: true, Faults: []simulate.Fault{{Kind: simulate.Poison, Count: 5}}})
	log := filepath.Join(t.TempDir(), "log")
	r := run(t, sim.collect(t, "-n", "3", "-f", "4", "-o", "json", "--worker-path", musterLink(t),
		"--launcher", `sh -c 'echo $$ {chunk} >>`+log+`; exec "$0" "$@"'`))
	d := r.parse(t, sim.labels)
	if d.Summary.ByStatus[fleet.StatusLost] != 5 || d.Summary.ByStatus[fleet.StatusOK] != 7 {
		t.Errorf("%v, stderr:\n%s", d.Summary.ByStatus, r.stderr)
	}
	started := read(t, log)
	for _, host := range d.Hosts {
		if line := fmt.Sprintf("%d %d\n", host.WorkerPID, host.Chunk); !strings.Contains("\n"+started, "\n"+line) {
			t.Errorf("%s of chunk %d was in worker %d, not behind its command:\n%s", host.Host, host.Chunk, host.WorkerPID, started)
		}
	}
}

// An agent is reached from here, and from no worker behind a command: keys that only it holds let nobody in from there.
func TestLauncherHasNoAgent(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 3})
	key, err := ssh.ParseRawPrivateKey([]byte(read(t, filepath.Join(sim.dir, "id"))))
	if err != nil {
		t.Fatal(err)
	}
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keys, conn)
		}
	}()
	collect := func(args ...string) ran {
		cmd := musterCmd(t, slices.Concat([]string{
			"collect", "-F", "none", "-H", filepath.Join(sim.dir, "hosts"), "--known-hosts", filepath.Join(sim.dir, "known_hosts"), "-o", "json",
		}, args)...)
		cmd.Env = append(cmd.Env, "SSH_AUTH_SOCK="+socket)
		return run(t, cmd)
	}
	allOK(t, sim, collect())
	r := collect("--launcher", "env", "--worker-path", musterLink(t))
	d := r.parse(t, sim.labels)
	if r.code != 4 || d.Summary.ByStatus[fleet.StatusAuth] != 3 || !strings.Contains(r.stderr, "hint: behind --launcher there is no agent") {
		t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
	}
}

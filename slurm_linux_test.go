package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// cluster is a Slurm cluster of four nodes with four CPUs each, and a run on it.
type cluster struct {
	dir  string
	sim  simulated
	link string // muster, by a path that nobody else uses
	home string
}

// startCluster starts a cluster and a fleet of which a run with one host in flight in each of eight workers takes some seconds.
func startCluster(t *testing.T, latency time.Duration) *cluster {
	t.Helper()
	for _, program := range []string{"srun", "munged", "slurmd", "slurmctld"} {
		tier.Needs(t, program)
	}
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root starts the nodes of a cluster")
	}
	c := &cluster{dir: filepath.Join(t.TempDir(), "slurm"), link: musterLink(t), home: t.TempDir()}
	if out, err := exec.Command("scripts/slurm-cluster", "up", c.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("scripts/slurm-cluster", "down", c.dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	c.sim = simulateFleet(t, simulate.Config{Hosts: 200, Latency: latency})
	return c
}

// command is one of Slurm's, or what is to run beside them.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.dir+"/slurm.conf")
	return cmd
}

// collect is a run in eight workers, two on each node.
func (c *cluster) collect(t *testing.T, args ...string) *exec.Cmd {
	cmd := c.sim.collect(t, slices.Concat([]string{
		"-n", "8", "-f", "1", "-o", "json", "--launcher", "slurm", "--slurm-args", "--cpus-per-task=2", "--worker-path", c.link,
	}, args)...)
	cmd.Env = append(cmd.Env, "SLURM_CONF="+c.dir+"/slurm.conf", "HOME="+c.home, "XDG_CACHE_HOME=")
	return cmd
}

// allocated has a run take place within an allocation of all that the cluster has.
func (c *cluster) allocated(cmd *exec.Cmd) *exec.Cmd {
	salloc := c.command("salloc", slices.Concat([]string{"--quiet", "--no-kill", "-N4", "--ntasks=16", c.link}, cmd.Args[1:])...)
	salloc.Env = append(salloc.Env, cmd.Env...)
	return salloc
}

// farProcess is a process of a run: srun and its helper, and on a node the shell, the worker, and what started them.
type farProcess struct {
	pid, parent int
	name, node  string
}

func (c *cluster) processes(t *testing.T) (found []farProcess) {
	t.Helper()
	for _, pid := range marked(t, c.link) {
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		p := farProcess{pid: pid, name: strings.TrimSpace(string(name))}
		_, p.parent, _ = stat(fmt.Sprintf("/proc/%d/stat", pid))
		if _, after, ok := strings.Cut(string(environ), "\x00SLURMD_NODENAME="); ok && p.name != "srun" {
			p.node, _, _ = strings.Cut(after, "\x00")
		}
		found = append(found, p)
	}
	return found
}

// starts starts a run and returns once all its workers are at work.
func (c *cluster) starts(t *testing.T, cmd *exec.Cmd) *strings.Builder {
	t.Helper()
	var stdout strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	eventually(t, soon, func() string {
		if n := len(c.on(t, "")); n < 16 {
			return fmt.Sprintf("%d processes on nodes", n)
		}
		return ""
	})
	return &stdout
}

// on lists the processes of a run on a node; empty: on all.
func (c *cluster) on(t *testing.T, node string) (found []farProcess) {
	t.Helper()
	for _, p := range c.processes(t) {
		if p.node != "" && (node == "" || p.node == node) {
			found = append(found, p)
		}
	}
	return found
}

// ends waits for a run, which must report every host once, and leave nothing.
func (c *cluster) ends(t *testing.T, cmd *exec.Cmd, stdout *strings.Builder, code int) document {
	t.Helper()
	cmd.Wait()
	r := ran{code: cmd.ProcessState.ExitCode(), stdout: stdout.String()}
	d := r.parse(t, c.sim.labels)
	if r.code != code || code == 0 && d.Summary.ByStatus[fleet.StatusOK] != len(c.sim.labels) {
		t.Errorf("exit code %d, %v, %v", r.code, d.Summary.ByStatus, d.Warnings)
	}
	c.leavesNothing(t)
	return d
}

// leavesNothing waits until there is nothing of a run: processes, jobs, or a record of it.
func (c *cluster) leavesNothing(t *testing.T) {
	t.Helper()
	eventually(t, soon, func() string {
		jobs, err := c.command("squeue", "-h", "-o", "%j").Output()
		if left := c.processes(t); len(left) > 0 || strings.Contains(string(jobs), "muster-") || err != nil {
			return fmt.Sprintf("left: %v, jobs %q, %v", left, jobs, err)
		}
		return ""
	})
	if files, _ := os.ReadDir(filepath.Join(c.home, ".cache", "muster", "slurm")); len(files) > 0 {
		t.Errorf("left: %v", files)
	}
}

// kill sends a signal to a process of a run.
func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
}

// pidOf is the number of a daemon of the cluster.
func (c *cluster) pidOf(t *testing.T, daemon string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "run", daemon))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// Workers on the nodes of a cluster find what workers here do. The race detector sees all of muster that is of use to Slurm in
// the tests of other commands in front, which take less time.
func TestSlurm(t *testing.T) {
	if tier.Race {
		return
	}
	t.Parallel()
	c := startCluster(t, 12*time.Millisecond)
	columns := []string{"-o", "csv", "--columns", "host,status,os,kernel,cpus,mem_total_bytes"}

	t.Run("as here", func(t *testing.T) {
		cmd := c.collect(t, "--slurm-args", "")
		d := c.ends(t, cmd, c.starts(t, cmd), 0)
		nodes := map[string]bool{}
		for _, w := range d.Workers {
			nodes[w.Node] = true
		}
		if len(d.Workers) != 8 || len(nodes) < 3 {
			t.Errorf("%d workers on %v", len(d.Workers), nodes)
		}
		far := c.sim.collect(t, append(columns, "-n", "4", "--launcher", "slurm", "--worker-path", c.link)...)
		far.Env = append(far.Env, "SLURM_CONF="+c.dir+"/slurm.conf")
		if here, there := run(t, c.sim.collect(t, columns...)), run(t, far); here.stdout != there.stdout {
			t.Errorf("here:\n%s\nthere:\n%s\n%s", here.stdout, there.stdout, there.stderr)
		}
	})

	t.Run("steps of an allocation", func(t *testing.T) {
		r := run(t, c.allocated(c.collect(t, "-n", "64", "-f", "4", "--slurm-args", "")))
		if d := r.parse(t, c.sim.labels); r.code != 0 || len(d.Workers) < 64 {
			t.Errorf("exit code %d, %d workers, stderr:\n%s", r.code, len(d.Workers), r.stderr)
		}
		c.leavesNothing(t)
	})

	// In twice as many workers as there is room for: in each beat they take turns.
	t.Run("watched", func(t *testing.T) {
		cmd := c.sim.collect(t, "-n", "16", "--every", "500ms", "--times", "3", "-o", "ndjson", "--launcher", "slurm",
			"--slurm-args", "--cpus-per-task=2", "--worker-path", c.link)
		cmd.Env = append(cmd.Env, "SLURM_CONF="+c.dir+"/slurm.conf", "HOME="+c.home, "XDG_CACHE_HOME=")
		w := watch(t, len(c.sim.labels), cmd)
		for beat := 1; beat <= 3; beat++ {
			for host, o := range w.beat(t, beat) {
				if o.Status != fleet.StatusOK {
					t.Errorf("beat %d: %s: %+v", beat, host, o)
				}
			}
		}
		if said := w.ends(t, 0); strings.Contains(said, "unanswered") {
			t.Error(said)
		}
		c.leavesNothing(t)
	})

	faults := map[string]func(t *testing.T, cmd *exec.Cmd){
		"a worker killed": func(t *testing.T, _ *exec.Cmd) {
			for _, p := range c.on(t, "node1") {
				if p.name != "sh" {
					kill(t, p.pid, syscall.SIGKILL)
				}
			}
		},
		"srun killed": func(t *testing.T, cmd *exec.Cmd) {
			for _, p := range c.processes(t) {
				if p.name == "srun" && p.parent == cmd.Process.Pid {
					kill(t, p.pid, syscall.SIGKILL)
					return
				}
			}
		},
		"scancel": func(t *testing.T, _ *exec.Cmd) {
			if out, err := c.command("scancel", "--nodelist=node2", "--user=root").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		},
		"slurmctld restarted": func(t *testing.T, _ *exec.Cmd) {
			old := c.pidOf(t, "slurmctld")
			kill(t, old, syscall.SIGTERM) // it writes its state down
			eventually(t, soon, func() string {
				if _, _, state := stat(fmt.Sprintf("/proc/%d/stat", old)); state != "Z" {
					return "it lives"
				}
				return ""
			})
			if out, err := c.command("slurmctld").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			cmd := c.collect(t)
			stdout := c.starts(t, cmd)
			fault(t, cmd)
			c.ends(t, cmd, stdout, 0)
		})
	}

	t.Run("interrupted", func(t *testing.T) {
		cmd := c.collect(t)
		stdout := c.starts(t, cmd)
		kill(t, cmd.Process.Pid, syscall.SIGINT)
		c.ends(t, cmd, stdout, 130)
	})

	t.Run("muster killed", func(t *testing.T) {
		cmd := c.collect(t)
		c.starts(t, cmd)
		kill(t, cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		eventually(t, time.Second+2*time.Second, func() string {
			if left := c.on(t, ""); len(left) > 0 {
				return fmt.Sprintf("%d live on", len(left))
			}
			return ""
		})
	})

	// With srun dead too nobody tells the workers: the next run finds their jobs.
	t.Run("all killed here", func(t *testing.T) {
		cmd := c.collect(t)
		c.starts(t, cmd)
		for _, p := range append(c.processes(t), farProcess{pid: cmd.Process.Pid, name: "srun"}) {
			if p.name == "srun" {
				_ = syscall.Kill(p.pid, syscall.SIGSTOP)
			}
		}
		for _, p := range append(c.processes(t), farProcess{pid: cmd.Process.Pid, name: "srun"}) {
			if p.name == "srun" {
				kill(t, p.pid, syscall.SIGKILL)
			}
		}
		cmd.Wait()
		next := c.collect(t)
		d := c.ends(t, next, c.starts(t, next), 0)
		if !slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.Contains(w, "cancelled 8 jobs") }) {
			t.Errorf("%q", d.Warnings)
		}
	})

	t.Run("full queue", func(t *testing.T) {
		hold := c.command("srun", "--job-name=hold", "-N4", "--exclusive", "sleep", "1000")
		if err := hold.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { hold.Process.Kill() })
		eventually(t, soon, func() string {
			if out, _ := c.command("squeue", "-h", "-t", "RUNNING", "-n", "hold").Output(); len(out) == 0 {
				return "the cluster is not full"
			}
			return ""
		})
		if r := run(t, c.collect(t, "--deadline", "1s")); r.code != 124 {
			t.Errorf("exit code %d, stderr:\n%s", r.code, r.stderr)
		}
		c.leavesNothing(t)
		cmd := c.collect(t, "--progress", "always")
		var stdout, stderr strings.Builder
		shown, theirs, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = &stdout, theirs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		theirs.Close()
		t.Cleanup(func() { cmd.Process.Kill() })
		for buf := make([]byte, 4096); !strings.Contains(stderr.String(), "8 workers in the queue"); {
			n, err := shown.Read(buf)
			if err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			stderr.Write(buf[:n])
		}
		go shown.WriteTo(&stderr)
		if err := c.command("scancel", "-n", "hold").Run(); err != nil {
			t.Error(err)
		}
		hold.Wait()
		c.ends(t, cmd, &stdout, 0)
	})

	refused := func(t *testing.T, want string, args ...string) {
		r := run(t, c.collect(t, args...))
		d := r.parse(t, c.sim.labels)
		if r.code != 1 || d.Summary.ByStatus[fleet.StatusSkipped] != len(c.sim.labels) || strings.Count(r.stderr, want) != 1 {
			t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
		}
	}
	t.Run("no such partition", func(t *testing.T) {
		refused(t, "invalid partition specified: nosuch", "--slurm-args", "--partition=nosuch")
		c.leavesNothing(t)
	})
	t.Run("no controller", func(t *testing.T) {
		kill(t, c.pidOf(t, "slurmctld"), syscall.SIGKILL)
		refused(t, "Unable to allocate resources: Unable to contact slurm controller")
	})
}

// daemons are those of a node, and the steps that they have begun.
func (c *cluster) daemons(t *testing.T, node string, steps bool) []int {
	t.Helper()
	pids := []int{c.pidOf(t, node)}
	if steps {
		pids = nil
	}
	for _, p := range c.on(t, node) {
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.parent))
		if strings.TrimSpace(string(name)) == "slurmstepd" {
			pids = append(pids, p.parent)
		}
	}
	return pids
}

// everything is what is on a node.
func (c *cluster) everything(t *testing.T, node string) []int {
	t.Helper()
	pids := c.daemons(t, node, false)
	for _, p := range c.on(t, node) {
		pids = append(pids, p.pid)
	}
	return pids
}

// signalAll sends a signal to processes, of which some may end with others.
func signalAll(t *testing.T, pids []int, signal syscall.Signal) {
	t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil && err != syscall.ESRCH {
			t.Error(err)
		}
	}
}

// nodeFaults are what may befall a node. Of none does Slurm tell at once, of the last never.
var nodeFaults = map[string]func(t *testing.T, c *cluster, node string){
	"killed": func(t *testing.T, c *cluster, node string) {
		signalAll(t, c.everything(t, node), syscall.SIGKILL)
	},
	"stopped for 20s": func(t *testing.T, c *cluster, node string) {
		pids := c.everything(t, node)
		signalAll(t, pids, syscall.SIGSTOP)
		wakes := time.AfterFunc(20*time.Second, func() { signalAll(t, pids, syscall.SIGCONT) })
		t.Cleanup(func() { wakes.Stop() })
	},
	"without its slurmstepd": func(t *testing.T, c *cluster, node string) {
		signalAll(t, c.daemons(t, node, true), syscall.SIGKILL)
	},
}

// What befalls nodes while workers are on them costs time, not hosts, and no worker is started there again, but one that was
// in the queue before. By hand each fault is tried by itself as well.
func TestSlurmNodes(t *testing.T) {
	if tier.Race {
		return
	}
	t.Parallel()
	tests := map[string]map[string]string{ // nodes and their faults
		"each another":     {"node1": "killed", "node2": "stopped for 20s", "node3": "without its slurmstepd"},
		"in an allocation": {"node1": "killed"},
		"unseen by Slurm":  {"node1": "without its slurmstepd"},
	}
	if tier.Times(0, 0, 1) > 0 {
		for name := range nodeFaults {
			tests[name] = map[string]string{"node1": name}
		}
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 25*time.Millisecond)
			cmd := c.collect(t)
			if name == "in an allocation" {
				cmd = c.allocated(cmd)
			}
			stdout := c.starts(t, cmd)
			for node, fault := range faults {
				nodeFaults[fault](t, c, node)
			}
			d := c.ends(t, cmd, stdout, 0)
			started := map[string]int{}
			for _, w := range d.Workers {
				started[w.Node]++
			}
			for node, fault := range faults {
				if started[node] < 2 || started[node] > 2 && len(faults) == 1 {
					t.Errorf("%s, %s: %d workers were started there: %v", node, fault, started[node], d.Warnings)
				}
			}
			if len(d.Warnings) < 2*len(faults) {
				t.Errorf("nothing befell some workers: %v", d.Warnings)
			}
		})
	}
}

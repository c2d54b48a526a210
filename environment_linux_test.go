package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"muster/internal/simulate"
	"muster/internal/tier"
)

// What the environment lacks is said, with what helps, or not missed at all: a home, a terminal, a file system to write to.
func TestF83PoorEnvironment(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 10})
	homeless := func(cmd *exec.Cmd) *exec.Cmd {
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "HOME=") })
		return cmd
	}
	t.Run("F83 no home that is needed", func(t *testing.T) {
		r := run(t, homeless(musterCmd(t, "collect", "h1")))
		if r.code != 2 || !strings.Contains(r.stderr, "--identity and --known-hosts say where they are") {
			t.Errorf("exit code %d: %s", r.code, r.stderr)
		}
	})
	t.Run("F83 no home", func(t *testing.T) {
		allOK(t, sim, run(t, homeless(sim.collect(t, "-o", "json"))))
	})
	t.Run("F83 no terminal", func(t *testing.T) {
		cmd := sim.exec(t, "--sudo", "--ask-pass", "--", "true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if r := run(t, cmd); r.code != 2 || !strings.HasPrefix(r.stderr, "muster: --ask-pass: no terminal to ask at") {
			t.Errorf("exit code %d: %s", r.code, r.stderr)
		}
	})
	const readOnly = "read-only file system"
	for name, c := range map[string]struct {
		args []string
		code int
		said string // somewhere
	}{
		"report":         {[]string{"-o", "json=ro/report"}, 1, readOnly},
		"records":        {[]string{"-o", "ndjson=ro/records"}, 1, readOnly},
		"list of failed": {[]string{"--failed-to", "ro/failed"}, 1, readOnly},
		"learnt keys":    {[]string{"--known-hosts", "ro/known_hosts", "--host-key", "accept-new"}, 4, readOnly},
		"nothing":        {nil, 0, "10 ok"},
	} {
		t.Run("F83 read-only: "+name, func(t *testing.T) {
			if os.Getuid() != 0 {
				tier.Lacks(t, "only root mounts")
			}
			tier.Needs(t, "unshare")
			mount := `exec unshare -m sh -c 'mount -t tmpfs -o ro none ro && TMPDIR=$PWD/ro exec "$@"' sh "$@"`
			cmd := byShell(t, mount, sim.collect(t, c.args...))
			cmd.Dir = t.TempDir()
			if err := os.Mkdir(filepath.Join(cmd.Dir, "ro"), 0o755); err != nil {
				t.Fatal(err)
			}
			if r := run(t, cmd); r.code != c.code || !strings.Contains(r.stdout+r.stderr, c.said) {
				t.Errorf("exit code %d, want %d:\n%s%s", r.code, c.code, r.stdout, r.stderr)
			}
		})
	}
}

// Whatever the umask is, what holds or decides about secrets is for its owner alone.
func TestF83Umask(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 5})
	dir := t.TempDir()
	learnt := filepath.Join(dir, "known_hosts")
	if r := run(t, byShell(t, `umask 000; exec "$@"`, sim.collect(t, "--known-hosts", learnt, "--host-key", "accept-new"))); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if info, err := os.Stat(learnt); err != nil || info.Mode() != 0o600 {
		t.Errorf("learnt keys: %v, %v", info.Mode(), err)
	}
	r := run(t, byShell(t, `umask 000; exec "$@"`, musterCmd(t, "run", "--items", "a", "--", "sh", "-c", "ls -l $MUSTER_HOSTS_FILE")))
	if r.code != 0 || !strings.Contains(r.stdout, "-rw------- ") {
		t.Errorf("hosts file: exit code %d, %s%s", r.code, r.stdout, r.stderr)
	}
	cmd := byShell(t, `umask 000; exec "$@" </dev/null`, musterCmd(t, "simulate", "--hosts", "1", "--dir", dir, "--until-eof"))
	if r := run(t, cmd); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if info, err := os.Stat(filepath.Join(dir, "id")); err != nil || info.Mode() != 0o600 {
		t.Errorf("simulated key: %v, %v", info.Mode(), err)
	}
}

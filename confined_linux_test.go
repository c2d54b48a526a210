package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"muster/internal/tier"
)

// How a test binary in the role of muster is confined before it begins, by its environment.
const (
	limitVariable  = "MUSTER_TEST_LIMIT"  // RESOURCE=N
	cgroupVariable = "MUSTER_TEST_CGROUP" // the directory of a control group to be in
)

// confine does what the environment says.
func confine() {
	if name, value, found := strings.Cut(os.Getenv(limitVariable), "="); found {
		n, _ := strconv.ParseUint(value, 10, 64)
		resource := map[string]int{"nofile": unix.RLIMIT_NOFILE, "nproc": unix.RLIMIT_NPROC}[name]
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	if dir := os.Getenv(cgroupVariable); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0); err != nil {
			panic(err)
		}
	}
	if os.Getenv(gluttonVariable) != "" && !slices.Contains(os.Args, "worker") { // the parent of a glutton is the larger one
		if _, err := unix.Mmap(-1, 0, 130<<20, unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_POPULATE); err != nil {
			panic(err)
		}
	}
}

func limited(cmd *exec.Cmd, resource string, most int) *exec.Cmd {
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s=%d", limitVariable, resource, most))
	return cmd
}

// grouped makes a control group with a controller, of either version, sets those of these files that it has, at least one,
// and has cmd in it.
func grouped(t *testing.T, cmd *exec.Cmd, controller string, settings ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root makes control groups")
	}
	root := filepath.Join("/sys/fs/cgroup", controller)
	if _, err := os.Stat(root); err != nil { // version 2
		root = "/sys/fs/cgroup"
		_ = os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	dir := filepath.Join(root, fmt.Sprintf("muster-%d-%s", os.Getpid(), filepath.Base(t.Name())))
	if err := os.Mkdir(dir, 0o755); err != nil {
		tier.Lacks(t, err.Error())
	}
	t.Cleanup(func() {
		eventually(t, soon, func() string {
			if err := unix.Rmdir(dir); err != nil { // the last of it may not be reaped yet
				return err.Error()
			}
			return ""
		})
	})
	set := false
	for _, setting := range settings {
		file, value, _ := strings.Cut(setting, "=")
		set = os.WriteFile(filepath.Join(dir, file), []byte(value), 0) == nil || set
	}
	if !set {
		tier.Lacks(t, "no control groups for "+controller)
	}
	cmd.Env = append(cmd.Env, cgroupVariable+"="+dir)
	return cmd
}

// strangers counts the users that tests were given: nothing else runs of any.
var strangers atomic.Int32

// asStranger has cmd run as a user who is not root, to whom the fleet's files are given, and these directories.
func (s simulated) asStranger(t *testing.T, cmd *exec.Cmd, dirs ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root can be another user")
	}
	stranger := 1<<20 + os.Getpid()<<4 + int(strangers.Add(1))
	dirs = append(dirs, s.dir)
	for _, variable := range cmd.Env {
		if home, found := strings.CutPrefix(variable, "HOME="); found {
			dirs = append(dirs, home)
		}
	}
	for _, dir := range dirs {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, file := range append(files, dir) {
			if err := os.Chown(file, stranger, stranger); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil { // the test's own
			t.Fatal(err)
		}
	}
	cmd.Env = append(cmd.Env, "USER=stranger")
	cmd.Path = "/proc/self/exe" // it may not see the directory of the binary
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(stranger), Gid: uint32(stranger)}}
	return cmd
}

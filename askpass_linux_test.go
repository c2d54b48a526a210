package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// pty opens a pseudo-terminal: ours to type at, and the side that a program sees.
func pty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skip(err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx") // not blocking: closing it ends a Read
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// The password for sudo is asked for once, at the terminal, without an echo, and reaches the hosts; while the run goes on
// it stands in no process's arguments or environment, and neither it nor anything about asking is in the report.
func TestAskPass(t *testing.T) {
	const right, wrong = "simulated", "not-the-password"
	for name, password := range map[string]string{"right": right, "wrong": wrong} {
		t.Run(name, func(t *testing.T) {
			sim := simulateFleet(t, simulate.Config{Hosts: 6, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 1}}})
			master, slave := pty(t)
			cmd := sim.exec(t, "-n", "1", "-u", "2s", "--sudo", "--ask-pass", "-o", "json", "--", "echo", "as root")
			var stdout, stderr bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, &stdout, &stderr
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var typed bytes.Buffer
			piece := make([]byte, 256)
			for !strings.Contains(typed.String(), "password") {
				n, err := master.Read(piece)
				if err != nil {
					t.Fatal(err)
				}
				typed.Write(piece[:n])
			}
			if _, err := master.WriteString(password + "\n"); err != nil {
				t.Fatal(err)
			}
			// The host that stalls keeps the worker, which has the password, at work.
			var workers []int
			eventually(t, soon, func() string {
				if workers = processes(t, cmd.Process.Pid); len(workers) == 0 {
					return "no worker"
				}
				return ""
			})
			for _, pid := range append(workers, cmd.Process.Pid) {
				for _, file := range []string{"cmdline", "environ"} {
					text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
					if err == nil && bytes.Contains(text, []byte(password)) {
						t.Errorf("the password stands in %s of process %d", file, pid)
					}
				}
			}
			cmd.Wait()
			master.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			n, _ := master.Read(piece)
			typed.Write(piece[:n])
			d := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}.parse(t, sim.labels)
			for i, h := range d.Hosts {
				want := map[string]fleet.Status{right: fleet.StatusOK, wrong: fleet.StatusExit}[password]
				if sim.hosts[i].Fault == simulate.ExecStall {
					want = fleet.StatusTimeout
				}
				if h.Status != want || want == fleet.StatusOK && *h.Stdout != "as root\n" {
					t.Errorf("%s: %s, want %s: %s", h.Host, h.Status, want, h.Error)
				}
			}
			if all := typed.String() + stdout.String() + stderr.String(); strings.Contains(all, password) {
				t.Errorf("the password is shown: %.2000q", all)
			}
		})
	}
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"muster/internal/simulate"
)

// color is what changes the colour of text.
var color = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// On a terminal of any width, even of none or of one column, a report comes whole and without a panic; TERM=dumb asks for
// plain text, NO_COLOR for text without colours (F88).
func TestF88Terminals(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 12, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 2}, {Kind: simulate.Escape, Count: 1}}})
	for _, columns := range []uint16{0, 1, 80, 10_000} {
		for _, env := range []string{"TERM=xterm", "TERM=dumb", "NO_COLOR=1"} {
			t.Run(fmt.Sprintf("F88 %d columns, %s", columns, env), func(t *testing.T) {
				for _, cmd := range []*exec.Cmd{sim.collect(t, "-v"), sim.exec(t, "--", "uname", "-r")} {
					cmd.Env = append(cmd.Env, "TERM=xterm", env)
					code, shown := showsAt(t, cmd, columns)
					if code != 5 || strings.Contains(shown, "panic") {
						t.Errorf("exit code %d: %.2000q", code, shown)
					}
					if env == "TERM=dumb" && strings.Contains(shown, "\x1b") {
						t.Errorf("more than text: %.2000q", shown)
					}
					if columns == 1 { // no word is in one piece
						continue
					}
					mustSumUp(t, shown)
					if colored := color.MatchString(shown); colored != (env == "TERM=xterm") {
						t.Errorf("colours: %v: %.2000q", colored, shown)
					}
				}
			})
		}
	}
}

// Where nobody watches there is nothing but text, whatever the terminal is called (F88).
func TestF88NoTerminal(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 12, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 2}, {Kind: simulate.Escape, Count: 1}}})
	for _, env := range []string{"TERM=xterm-256color", "COLUMNS=1", "CLICOLOR_FORCE=1"} {
		cmd := sim.collect(t, "-v")
		cmd.Env = append(cmd.Env, env)
		r := run(t, cmd)
		mustBeOurs(t, "stdout", r.stdout, ours)
		mustBeOurs(t, "stderr", r.stderr, ours)
		if r.code != 5 {
			t.Errorf("%s: exit code %d", env, r.code)
		}
		mustSumUp(t, r.stdout)
	}
}

// mustSumUp fails where a report has not its last lines.
func mustSumUp(t *testing.T, shown string) {
	t.Helper()
	if !regexp.MustCompile(`(?m)^hosts +12: 9 ok|^hosts +12: 10 ok`).MatchString(shown) {
		t.Errorf("no summary: %.2000q", shown)
	}
}

// showsAt runs a command with a terminal of so many columns as stdout and stderr, and returns its exit code and all that
// it wrote there.
func showsAt(t *testing.T, cmd *exec.Cmd, columns uint16) (code int, shown string) {
	t.Helper()
	master, slave := pty(t)
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = slave, slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var all bytes.Buffer
	if _, err := io.Copy(&all, master); err == nil || !strings.Contains(err.Error(), unix.EIO.Error()) { // so a terminal ends
		t.Errorf("terminal: %v", err)
	}
	cmd.Wait()
	return cmd.ProcessState.ExitCode(), all.String()
}

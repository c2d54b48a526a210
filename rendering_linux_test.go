package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
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

// wholeName is how a row begins that names its host in one piece.
var wholeName = regexp.MustCompile(`(?m)^ 127\.[0-9.]+:[0-9]+ +[0-9]`)

// A report on a terminal has no line of ours that the terminal would have to break, and names hosts in one piece as long as there is
// room for them beside a figure: what does not fit is left out, and named where there is room for that.
func TestReportsFitTheTerminal(t *testing.T) {
	t.Parallel()
	list := filepath.Join(t.TempDir(), "items")
	if err := os.WriteFile(list, []byte("服务器一号机 a\ne\u0301e\u0301 😀\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sim := simulateFleet(t, simulate.Config{Hosts: 12, Faults: []simulate.Fault{{Kind: simulate.Exit, Count: 2}, {Kind: simulate.Escape, Count: 1}}})
	for _, columns := range []int{20, 40, 80, 200} {
		for _, cmd := range []*exec.Cmd{
			sim.collect(t, "-v", "--progress", "never", "-q", "-o", "table"),
			sim.collect(t, "-q"),
			musterCmd(t, "run", "--items", "-H", list, "-n", "2", "--progress", "never", "--", "cat"),
			musterCmd(t, "run", "web-1", "web-2", "--parse", "ndjson", "--progress", "never", "--columns", "host,kernel,naïve服务", "--",
				"sh", "-c", `while read h; do echo "{\"host\":\"$h\",\"kernel\":\"服务器😀\",\"naïve服务\":4}"; done`),
		} {
			cmd.Env = append(cmd.Env, "TERM=xterm")
			_, shown := showsAt(t, cmd, uint16(columns))
			for line := range strings.Lines(color.ReplaceAllString(shown, "")) {
				if width := twwidth.WidthNoCache(strings.TrimRight(line, "\r\n")); width > columns {
					t.Errorf("%s at %d columns: %d: %q", cmd.Args[1], columns, width, line)
				}
			}
			if slices.Contains(cmd.Args, "table") && columns >= 40 && !wholeName.MatchString(shown) {
				t.Errorf("%d columns: names are cut: %q", columns, shown)
			}
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

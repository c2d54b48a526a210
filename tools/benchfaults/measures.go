package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muster/tools/tree"
)

// bench is what the measures share.
type bench struct {
	dir   string
	fleet int // the process of the simulated hosts, which is nobody's orphan
	taken int // how many measures were
}

// command is one, to be started with nothing of ours but what it needs, in a directory of its own.
func (b *bench) command(words ...string) *exec.Cmd {
	b.taken++
	home := filepath.Join(b.dir, fmt.Sprint(b.taken))
	os.Mkdir(home, 0o700)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "SSH_AUTH_SOCK=")
	return cmd
}

// orphans kills a parent of four jobs that sleep, and counts what is alive a second later.
func (b *bench) orphans(t tool) (string, error) {
	cmd := b.command(t.asleep...)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	for end := time.Now().Add(30 * time.Second); named(tree.Below(cmd.Process.Pid, 0), t.process) < len(items); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return "", errors.New("its jobs do not start")
		}
	}
	time.Sleep(time.Second) // for all to be at work
	before := len(tree.Below(cmd.Process.Pid, 0))
	cmd.Process.Kill()
	cmd.Wait()
	time.Sleep(time.Second)
	return fmt.Sprintf("%d of %d", len(tree.Below(os.Getpid(), b.fleet)), before), nil
}

// Of the two, none is one that a tool would write by itself.
const (
	escapes    = `printf '\033[2J\033]0;forged\007\n'`
	eraseAll   = "\x1b[2J"
	titleIsSet = "\x1b]0;forged"
)

// escaped counts the escape sequences of a job's output that come out on a terminal.
func (b *bench) escaped(t tool) (string, error) {
	shown, err := onTerminal(b.command(t.jobs(escapes, items[:1]...)...))
	if err == nil && !bytes.Contains(shown, []byte("forged")) {
		err = fmt.Errorf("it shows nothing of the job: %q", shown)
	}
	n := 0
	for _, sequence := range []string{eraseAll, titleIsSet} {
		if bytes.Contains(shown, []byte(sequence)) {
			n++
		}
	}
	return fmt.Sprint(n), err
}

// resumed has a, b and c done, and says what is done then of x, y, z and w.
func (b *bench) resumed(t tool) (string, error) {
	if t.resume == nil {
		return t.none, nil
	}
	done := filepath.Join(b.dir, "done")
	var text []byte
	code := 0
	for _, items := range [][]string{{"a", "b", "c"}, {"x", "y", "z", "w"}} {
		os.Remove(done)
		cmd := b.command(t.resume(filepath.Join(b.dir, "journal-"+t.program[strings.LastIndexByte(t.program, '/')+1:]), "echo $item >>"+done, items...)...)
		out, err := cmd.CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			return "", err
		}
		code = cmd.ProcessState.ExitCode()
		if text, _ = os.ReadFile(done); len(text) == 0 {
			return "", fmt.Errorf("nothing of %v is done, exit code %d: %s", items, code, out)
		}
	}
	return fmt.Sprintf("%s, exit code %d", strings.Join(strings.Fields(string(text)), ", "), code), nil
}

// named counts the processes of a name.
func named(processes []tree.Process, name string) int {
	return len(slices.DeleteFunc(slices.Clone(processes), func(p tree.Process) bool { return p.Name != name }))
}

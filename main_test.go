package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"muster/internal/cli"
	"muster/internal/fleet"
	"muster/internal/report"
	"muster/internal/simulate"
	"muster/internal/task"
	"muster/internal/wire"
	"muster/worker"
)

// TestMain makes the test binary play every role: started under the name muster it is muster, or a worker of it, which
// crashes on poison.
func TestMain(m *testing.M) {
	flag.Set("test.parallel", "4") // most of those that are parallel wait
	testscript.Main(m, map[string]func(){"muster": musterMain, "fewports": fewPortsMain, "nameserver": nameServerMain})
}

func musterMain() {
	confine()
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(worker.Main(context.Background(), terms(), openPoisonable))
	}
	program := program()
	program.Poison = true
	os.Exit(cli.Main(program))
}

// openPoisonable opens a task that brings its worker down when a host reads as poison.
func openPoisonable(job wire.Job, ask worker.Ask) (worker.Task, error) {
	t, err := task.Open(job, ask)
	return poisonable{t}, err
}

// gluttonVariable names a file. The worker that makes it takes, at its first host, all the memory there is.
const gluttonVariable = "MUSTER_TEST_GLUTTON"

func glutton() bool {
	f, err := os.OpenFile(os.Getenv(gluttonVariable), os.O_CREATE|os.O_EXCL, 0o600)
	f.Close()
	return err == nil
}

type poisonable struct{ worker.Task }

func (p poisonable) Do(ctx context.Context, feed worker.Feed, emit worker.Emit) error {
	return p.Task.Do(ctx, feed, func(e fleet.Event) {
		if o, ok := e.(fleet.Outcome); ok && o.Kernel == string(simulate.Poison) {
			panic("poison")
		}
		if glutton() {
			for memory := [][]byte{}; ; {
				memory = append(memory, bytes.Repeat([]byte{1}, 1<<20))
			}
		}
		emit(e)
	})
}

// TestScript runs the stories of testdata/script. They have two commands more than others: fleet and exits.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("SSH_AUTH_SOCK", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fleet": scriptFleet, "exits": scriptExits},
	})
}

// scriptFleet is `fleet N [FAULTS]`: a simulated fleet until the story's end, with its files in the directory fleet
// and its port in $PORT.
func scriptFleet(ts *testscript.TestScript, _ bool, args []string) {
	config := simulate.Config{Poison: true}
	var err error
	config.Hosts, err = strconv.Atoi(args[0])
	ts.Check(err)
	config.Faults, err = simulate.ParseFaults(strings.Join(args[1:], ","))
	ts.Check(err)
	f, err := simulate.Start(config)
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	dir := ts.MkAbs("fleet")
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(f.WriteDir(dir))
	_, port, _ := strings.Cut(f.Hosts()[0].Label, ":")
	ts.Setenv("PORT", port)
}

// scriptExits is `exits CODE COMMAND…`: run a command, which must end with this exit code.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// musterCmd is muster, ready to start, with no keys or known hosts of whoever runs the tests.
func musterCmd(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "muster"
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "SSH_AUTH_SOCK=", "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MUSTER_CONFIG=")
	return cmd
}

// byShell has a shell start muster: cmd is "$@" in its script.
func byShell(t testing.TB, script string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	muster := filepath.Join(t.TempDir(), "muster") // by which name it knows its role
	if err := os.Symlink(self, muster); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", slices.Concat([]string{"-c", script, "sh", muster}, cmd.Args[1:])...)
	shell.Env = cmd.Env
	return shell
}

// ran is what came of a muster that has ended.
type ran struct {
	code           int
	stdout, stderr string
}

func run(t testing.TB, cmd *exec.Cmd) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// starts starts a muster, to be ended with the test if it still lives, and returns what it writes to stdout.
func starts(t testing.TB, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return bufio.NewReader(stdout)
}

// document is the json document as a reader of it sees it.
type document struct {
	Schema     string
	Run        report.Run
	Hosts      []hostRecord
	Groups     []groupRecord
	Workers    []report.Worker
	Warnings   []string
	ExitCode   int    `json:"exit_code"`
	ExitReason string `json:"exit_reason"`
	Summary    struct {
		Hosts    int
		ByStatus map[fleet.Status]int `json:"by_status"`
	}
}

// hostRecord is a host of the document, with what it has apart.
type hostRecord struct {
	fleet.Outcome
	Stdout, Stderr *string
}

type groupRecord struct {
	report.Group
	Stdout, Stderr string
}

// parse reads the document on r's stdout, which must have each of want exactly once, in that order, and agree with
// itself and with the exit code.
func (r ran) parse(t testing.TB, want []string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		t.Fatalf("exit code %d, stderr:\n%s\n%v", r.code, r.stderr, err)
	}
	var got []string
	count := map[fleet.Status]int{}
	for _, h := range d.Hosts {
		got = append(got, h.Host)
		count[h.Status]++
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d hosts reported, %d listed, or not in order", len(got), len(want))
	}
	if d.Groups != nil && want == nil { // items are only counted
		return d
	}
	if d.Summary.Hosts != len(want) || len(count) != len(d.Summary.ByStatus) {
		t.Errorf("summary %+v, recount %v", d.Summary, count)
	}
	for status, n := range d.Summary.ByStatus {
		if count[status] != n {
			t.Errorf("summary says %d %s, recount %d", n, status, count[status])
		}
	}
	if d.ExitCode != r.code {
		t.Errorf("exit code %d, the document says %d", r.code, d.ExitCode)
	}
	return d
}

// allOK reads the document of a run over sim as parse does. Every host must be ok.
func allOK(t *testing.T, sim simulated, r ran) document {
	t.Helper()
	d := r.parse(t, sim.labels)
	if r.code != 0 || d.Summary.ByStatus[fleet.StatusOK] != len(sim.labels) {
		t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
	}
	return d
}

// simulated is a running fleet and the arguments with which muster reaches it.
type simulated struct {
	*simulate.Fleet
	hosts  []simulate.Host
	labels []string
	dir    string // with its files
	args   []string
}

func simulateFleet(t testing.TB, config simulate.Config) simulated {
	t.Helper()
	f, err := simulate.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	dir := t.TempDir()
	if err := f.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	s := simulated{Fleet: f, hosts: f.Hosts(), dir: dir, args: []string{
		"-H", filepath.Join(dir, "hosts"), "-i", filepath.Join(dir, "id"), "--known-hosts", filepath.Join(dir, "known_hosts"), "-F", "none",
	}}
	for _, h := range s.hosts {
		s.labels = append(s.labels, h.Label)
	}
	return s
}

// collect is `muster collect` over the fleet with args.
func (s simulated) collect(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	return musterCmd(t, slices.Concat([]string{"collect"}, s.args, args)...)
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bench is what the parts share.
type bench struct {
	dir, muster, loop string
	rounds            int
}

func (b *bench) build() error {
	for _, c := range [][]string{
		{"..", "go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", b.muster, "."},
		{".", "go", "build", "-trimpath", "-o", b.loop, "./bareloop"},
	} {
		cmd := exec.Command(c[1], c[2:]...)
		cmd.Dir = filepath.Join(os.Getenv("BENCH_TOOLS"), c[0])
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	return nil
}

// sample is what one process and its children cost.
type sample struct {
	wall, cpu time.Duration
	out       []byte
	peak      int64 // the process's own VmHWM, bytes
}

// measure runs a command to its end. An exit code is no error: runs with faulty hosts have one.
func measure(name string, args ...string) (sample, error) {
	return measureOn(os.DevNull, name, args...)
}

// measureOn measures a command that reads a file.
func measureOn(file, name string, args ...string) (sample, error) {
	stdin, err := os.Open(file)
	if err != nil {
		return sample{}, err
	}
	defer stdin.Close()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdin = stdin
	cmd.Stdout, cmd.Stderr = &out, io.Discard
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	ended := make(chan struct{})
	peak := make(chan int64)
	go watchPeak(cmd.Process.Pid, ended, peak)
	err = cmd.Wait()
	wall := time.Since(began)
	close(ended)
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		return sample{}, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return sample{wall: wall, cpu: cpu, out: out.Bytes(), peak: <-peak}, nil
}

// watchPeak looks at a process's VmHWM until it has ended.
func watchPeak(pid int, ended <-chan struct{}, peak chan<- int64) {
	var last int64
	for poll := time.NewTicker(10 * time.Millisecond); ; {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
				last = kb << 10
			}
		}
		select {
		case <-ended:
			peak <- last
			return
		case <-poll.C:
		}
	}
}

// simulated is a fleet in a process of its own.
type simulated struct {
	dir  string
	args []string // of muster, to visit it
	pid  int
	stop func()
}

func (b *bench) simulate(hosts int, args ...string) (simulated, error) {
	dir, err := os.MkdirTemp(b.dir, "fleet-")
	if err != nil {
		return simulated{}, err
	}
	cmd := exec.Command(b.muster, append([]string{"simulate", "--until-eof", "--dir", dir, "--hosts", strconv.Itoa(hosts)}, args...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return simulated{}, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return simulated{}, err
	}
	if err := cmd.Start(); err != nil {
		return simulated{}, err
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return simulated{}, fmt.Errorf("simulate: %w", err)
	}
	return simulated{
		dir: dir,
		args: []string{
			"collect", "-H", dir + "/hosts", "-i", dir + "/id", "--known-hosts", dir + "/known_hosts", "-o", "json", "-q",
		},
		pid:  cmd.Process.Pid,
		stop: func() { stdin.Close(); cmd.Wait() },
	}, nil
}

// document is what the parts read of muster's report.
type document struct {
	Hosts []struct {
		Status string
		Phase  string
	}
	Groups  []struct{ Stdout string }
	Summary struct {
		ByStatus map[string]int `json:"by_status"`
	}
	Workers []struct {
		MaxRSS int64 `json:"max_rss_bytes"`
		PSS    int64 `json:"pss_bytes"`
	}
}

// collect runs muster over a fleet and reads its report, in which wantOK hosts must be ok.
func (b *bench) collect(s simulated, wantOK int, args ...string) (sample, document, error) {
	var d document
	got, err := measure(b.muster, append(slices.Clone(s.args), args...)...)
	if err == nil {
		err = json.Unmarshal(got.out, &d)
	}
	if err == nil && d.Summary.ByStatus["ok"] != wantOK {
		err = fmt.Errorf("%d hosts ok, not %d: %v", d.Summary.ByStatus["ok"], wantOK, d.Summary.ByStatus)
	}
	return got, d, err
}

// interleave takes a sample of each of n, round by round, in random order. The first round warms up: its samples do not count.
func (b *bench) interleave(n int, take func(i int, counts bool) error) error {
	for round := range b.rounds + 1 {
		for _, i := range rand.Perm(n) {
			if err := take(i, round > 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// median sorts values and returns the middle one.
func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

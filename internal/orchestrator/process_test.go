package orchestrator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
)

// processes is a run of n hosts whose workers are processes of this test binary in a role.
func processes(t *testing.T, role string, n, chunks, fanout int) orchestrator.Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := job(n, chunks, fanout, nil)
	cfg.Launcher = launch.Exec{Path: self, Env: []string{roleKey + "=" + role, "GORACE=atexit_sleep_ms=0"}}
	return cfg
}

// recorder remembers whom it launched.
type recorder struct {
	launch.Launcher
	pids []int
}

func (r *recorder) Launch(ctx context.Context, id, place int) (launch.Worker, error) {
	w, err := r.Launcher.Launch(ctx, id, place)
	if err == nil {
		r.pids = append(r.pids, w.Pid())
	}
	return w, err
}

func allOK(t *testing.T, got []fleet.Outcome) {
	t.Helper()
	for i, o := range got {
		if o.Status != fleet.StatusOK {
			t.Errorf("host %d: %+v", i, o)
		}
	}
}

// gone checks that no process of the run is left.
func gone(t *testing.T, result orchestrator.Result) {
	t.Helper()
	for _, w := range result.Workers {
		if err := syscall.Kill(w.PID, 0); err != syscall.ESRCH {
			t.Errorf("worker %d: %v", w.PID, err)
		}
	}
}

// TestWorkerIsSignalled: a signal ends or stops one worker midway. Every host is ok all the same, once, and the result says how it ended.
func TestWorkerIsSignalled(t *testing.T) {
	tests := []struct {
		name   string
		signal syscall.Signal
		ended  string
		warned string
	}{
		{"F45 SIGKILL", syscall.SIGKILL, "killed by signal 9 (SIGKILL)", "killed by signal 9 (SIGKILL)"},
		{"F45 SIGTERM", syscall.SIGTERM, "killed by signal 15 (SIGTERM)", "killed by signal 15 (SIGTERM)"},
		{"F47 SIGSEGV", syscall.SIGSEGV, "exit status 2: SIGSEGV", "exit status 2: SIGSEGV"}, // Go's own handler
		{"F50 SIGSTOP", syscall.SIGSTOP, "killed by signal 9 (SIGKILL)", "was silent for 5s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := processes(t, "healthy", 60, 3, 2)
			launched := &recorder{Launcher: cfg.Launcher}
			cfg.Launcher = launched
			var once sync.Once
			cfg.Sink.Begun = func(host int) {
				if host >= 12 { // in flight in the worker of its chunk
					once.Do(func() { syscall.Kill(launched.pids[host%3], tt.signal) })
				}
			}
			got, result, err := outcomes(t, cfg)
			if err != nil {
				t.Error(err)
			}
			allOK(t, got)
			gone(t, result)
			var ended []string
			for _, w := range result.Workers {
				if !w.Done {
					ended = append(ended, w.Exit.String())
				} else if !w.Exit.Success() {
					t.Errorf("%+v", w)
				}
			}
			if len(ended) != 1 || !strings.HasPrefix(ended[0], tt.ended) {
				t.Errorf("ended %q, want %q", ended, tt.ended)
			}
			if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], tt.warned) {
				t.Errorf("warnings %q", result.Warnings)
			}
		})
	}
}

// TestF47PoisonHosts: a host that brings down every worker that touches it is lost and costs only itself.
func TestF47PoisonHosts(t *testing.T) {
	for _, name := range []string{"exit", "panic", "segv"} {
		for _, fanout := range []int{1, 4} {
			t.Run(fmt.Sprint(name, fanout), func(t *testing.T) {
				t.Parallel()
				cfg := processes(t, "healthy", 30, 2, fanout)
				for _, poison := range []int{7, 12} {
					cfg.Hosts[poison].Name = fmt.Sprint(name, "-", poison)
				}
				got, result, err := outcomes(t, cfg)
				if err != nil {
					t.Error(err)
				}
				gone(t, result)
				for i, o := range got {
					poison := i == 7 || i == 12
					if poison && (o.Status != fleet.StatusLost || !strings.HasPrefix(o.Error, "brought its worker down twice: exit status ")) ||
						!poison && o.Status != fleet.StatusOK {
						t.Errorf("host %d: %+v", i, o)
					}
				}
				crashes := 0
				for _, w := range result.Workers {
					if !w.Done {
						crashes++
					}
				}
				if len(result.Workers) > 2+crashes*(1+fanout) || crashes > 6 {
					t.Errorf("%d workers, %d crashes", len(result.Workers), crashes)
				}
			})
		}
	}
}

// TestF53Grandchild: a child of a worker that holds its stdout delays nothing and is ended with it.
func TestF53Grandchild(t *testing.T) {
	t.Parallel()
	began := time.Now()
	got, result, err := outcomes(t, processes(t, "grandchild", 10, 2, 2))
	if err != nil || len(result.Warnings) > 0 || time.Since(began) > 30*time.Second {
		t.Errorf("%v, %q after %v", err, result.Warnings, time.Since(began))
	}
	allOK(t, got)
	for _, w := range result.Workers {
		if members := group(t, w.PID); len(members) > 0 {
			t.Errorf("group of worker %d: %q", w.PID, members)
		}
	}
}

// group is the stat lines of a group's processes. A zombie is none: who reaps an orphan may take its time.
func group(t *testing.T, id int) (members []string) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		stat, _ := os.ReadFile(file)
		_, after, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(after); len(f) > 2 && f[0] != "Z" && f[0] != "X" && f[2] == strconv.Itoa(id) {
			members = append(members, string(stat))
		}
	}
	return members
}

// TestF52DeafWorker: a worker that heeds neither the end of its input nor SIGTERM is gone within a second of a stop.
func TestF52DeafWorker(t *testing.T) {
	t.Parallel()
	cfg := processes(t, "deaf", 4, 2, 1)
	for i := range cfg.Hosts {
		cfg.Hosts[i].Name = "hang"
	}
	stops := make(chan orchestrator.Stop, 1)
	cfg.Stops = stops
	var stopped time.Time
	begun := 0
	cfg.Sink.Begun = func(int) {
		if begun++; begun == 2 { // one in each worker
			stopped = time.Now()
			stops <- orchestrator.Stop{}
		}
	}
	got, result, err := outcomes(t, cfg)
	if took := time.Since(stopped); err != nil || took > 3*time.Second {
		t.Errorf("%v, %v after the stop", err, took)
	}
	gone(t, result)
	if got[0].Status != fleet.StatusCanceled || got[3].Status != fleet.StatusSkipped {
		t.Error(got)
	}
	for _, w := range result.Workers {
		if w.Exit.Signal != "SIGKILL" {
			t.Errorf("%+v", w)
		}
	}
}

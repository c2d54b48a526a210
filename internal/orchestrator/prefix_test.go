package orchestrator_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/orchestrator"
)

// behind has the workers of cfg, which are processes, started behind a shell.
func behind(cfg orchestrator.Config, script string) launch.Behind {
	exec := cfg.Launcher.(launch.Exec)
	return launch.Behind{
		Path: exec.Path, Env: append(os.Environ(), exec.Env...),
		Command: func(_, place int) []string { return []string{"sh", "-c", script, fmt.Sprint(place)} },
	}
}

// Behind a prefix a banner is no frame, and a worker of another build is refused.
func TestPrefix(t *testing.T) {
	tests := map[string]struct {
		role, shell string
		want        string // the error; empty: none
	}{
		"banner":   {"healthy", `echo welcome; exec "$@"`, ""},
		"build":    {"other build", `echo welcome; exec "$@"`, `is build "an older one", not `},
		"protocol": {"other protocol", `exec "$@"`, "speaks protocol 2, not 1: install the same build on both sides"},
		"refusal":  {"healthy", `echo welcome; echo permission denied >&2; exit 255`, `worker start: exit status 255: permission denied, after "welcome\n"`},
		"chatter":  {"healthy", `exec yes welcome`, "no frame within the first 8 KiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := processes(t, tt.role, 6, 2, 2)
			cfg.Launcher, cfg.Prefixed = behind(cfg, tt.shell), true
			got, result, err := outcomes(t, cfg)
			gone(t, result)
			if tt.want == "" {
				allOK(t, got)
				if err != nil || len(result.Warnings) > 0 {
					t.Error(err, result.Warnings)
				}
				return
			}
			if err == nil || strings.Count(err.Error(), tt.want) != 1 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant once: %s", err, tt.want)
			}
			for i, o := range got {
				if o.Status != fleet.StatusSkipped {
					t.Errorf("host %d: %+v", i, o)
				}
			}
		})
	}
}

// TestF49NoBinary: a worker that is not there is one error.
func TestF49NoBinary(t *testing.T) {
	cfg := job(9, 3, 2, nil)
	cfg.Launcher = launch.Exec{Path: t.TempDir() + "/muster"}
	got, result, err := outcomes(t, cfg)
	if err == nil || strings.Count(err.Error(), "no such file") != 1 || strings.Count(err.Error(), "worker start") > 0 || len(result.Workers) > 0 {
		t.Error(err, result)
	}
	for i, o := range got {
		if o.Status != fleet.StatusSkipped {
			t.Errorf("host %d: %+v", i, o)
		}
	}
}

// What a run costs is measured, and nothing of it stays open.
func TestProcessesLeaveNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	open := func() []string {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	var before []string
	for round := range 3 {
		got, result, err := outcomes(t, processes(t, "healthy", 20, 4, 2))
		if err != nil || len(result.Warnings) > 0 || len(result.Workers) != 4 {
			t.Fatal(err, result)
		}
		allOK(t, got)
		gone(t, result)
		hosts := 0
		for _, w := range result.Workers {
			hosts += w.Hosts
			if u := w.Usage; !w.Done || !w.Exit.Success() || w.Node == "" || u.MaxRSSBytes <= 0 || u.PSSBytes <= 0 || u.UserSeconds+u.SystemSeconds <= 0 {
				t.Errorf("%+v", w)
			}
		}
		if hosts != 20 {
			t.Errorf("%d hosts", hosts)
		}
		if round == 0 {
			before = open()
		} else if after := open(); !slices.Equal(before, after) {
			t.Errorf("open files %v, before %v", after, before)
		}
	}
}

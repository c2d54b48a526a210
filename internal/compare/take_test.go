package compare

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"muster/internal/child"
)

const reported = `{"run":{"max_rss_bytes":100,"sum_pss_bytes":60},"workers":[{"max_rss_bytes":300},{"max_rss_bytes":200}],
 "summary":{"hosts":5,"by_status":{"ok":3,"timeout":2}},"warnings":["odd"]}`

// shell is a Taker whose samples are a shell's.
func shell(script string) Taker {
	return Taker{
		Program: child.Spec{Path: "sh"},
		Job:     func(arm Arm) []string { return append([]string{"-c", script, "sh"}, arm.Args()...) },
		Ready:   func(Arm) error { return nil },
		Failed:  []int{3, 4, 5},
	}
}

func TestTake(t *testing.T) {
	work := `i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; `
	for _, code := range []string{"0", "3", "4", "5"} {
		s, err := shell(work+"echo '"+reported+"'; exit "+code).Take(t.Context(), Arm{Strategy: "serial"})
		if err != nil {
			t.Fatal(err)
		}
		if s.MaxRSSBytes != 300 || s.SumPSSBytes != 60 || s.Items != 5 || s.Failed != 2 || s.ByStatus["timeout"] != 2 || s.Warnings[0] != "odd" {
			t.Errorf("%+v", s)
		}
		if s.WallSeconds <= 0 || s.CPUSeconds() <= 0 || s.CPUSeconds() > s.WallSeconds*8 {
			t.Errorf("%+v", s)
		}
		if p := s.Pressure; p != nil && (p.CPU < 0 || p.CPU > 1 || p.IO < 0 || p.IO > 1) {
			t.Errorf("%+v", p)
		}
	}
}

// A run that did not come to its end is no sample, whatever it wrote.
func TestTakeFails(t *testing.T) {
	for script, want := range map[string]string{
		"echo '" + reported + "'; echo no disk >&2; exit 1": "sample of serial: exit status 1: no disk",
		"exit 2":            "sample of serial: exit status 2",
		"exit 124":          "sample of serial: exit status 124",
		"kill -9 $$":        "sample of serial: killed by signal 9 (SIGKILL)",
		"echo '{\"run\":{'": "sample's report: unexpected EOF",
		"echo hello":        "sample's report: invalid character 'h' looking for beginning of value",
	} {
		_, err := shell(script).Take(t.Context(), Arm{Strategy: "serial"})
		if err == nil || !strings.HasPrefix(err.Error(), want) { // what follows a kill depends on the machine
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
	taker := shell("echo '" + reported + "'")
	taker.Ready = func(Arm) error { return errors.New("not ready") }
	if _, err := taker.Take(t.Context(), Arm{}); err == nil || err.Error() != "not ready" {
		t.Error(err)
	}
	taker = shell("")
	taker.Program.Path = "/none/muster"
	if _, err := taker.Take(t.Context(), Arm{}); err == nil || !strings.HasPrefix(err.Error(), "sample start: ") {
		t.Error(err)
	}
}

// A sample that is told to end ends, at the latest when it is not waited for any longer.
func TestTakeIsEnded(t *testing.T) {
	for name, script := range map[string]string{
		"heeds":   "echo '" + reported + "'; exec sleep 60",
		"resists": "trap '' TERM; echo '" + reported + "'; sleep 60; sleep 60",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		taker := shell(script)
		now := make(chan struct{})
		taker.Now = now
		time.AfterFunc(100*time.Millisecond, cancel)
		if name == "resists" {
			time.AfterFunc(300*time.Millisecond, func() { close(now) })
		}
		begun := time.Now()
		_, err := taker.Take(ctx, Arm{Strategy: "serial"})
		if took := time.Since(begun); !errors.Is(err, context.Canceled) || took > 2300*time.Millisecond {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
}

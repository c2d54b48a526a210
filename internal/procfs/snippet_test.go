package procfs_test

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/procfs"
	"muster/internal/tier"
)

// shells are those that may stand for a host's sh, and the login shells that hand the snippet to it.
var shells = [][]string{
	{"sh", "-c"},
	{"dash", "-c"},
	{"bash", "-c"},
	{"busybox", "sh", "-c"},
	{"csh", "-c"},
	{"tcsh", "-c"},
	{"fish", "-c"},
	{"zsh", "-c"},
}

func TestSnippetReadsThisMachine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc here")
	}
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			tier.Needs(t, shell[0])
			r := visit(t, t.TempDir(), shell...)
			checkThisMachine(t, r)
		})
	}
}

// TestSnippetOnBusyBox hides every program but BusyBox's applets, whose date knows no nanoseconds.
func TestSnippetOnBusyBox(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc here")
	}
	busybox := tier.Needs(t, "busybox")
	bin := t.TempDir()
	for _, applet := range []string{"sh", "uname", "date", "cat", "grep"} {
		if err := os.Symlink(busybox, bin+"/"+applet); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	r := visit(t, t.TempDir(), "sh", "-c")
	checkThisMachine(t, r)
}

// TestSnippetWithoutSysfs takes the other way to count processors.
func TestSnippetWithoutSysfs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc here")
	}
	sentinel := procfs.NewSentinel()
	command := strings.Replace(procfs.Snippet(sentinel), "/sys/devices/system/cpu/online", "/nonexistent", 1)
	out, err := exec.Command("sh", "-c", command).Output()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r, err := procfs.Parse(sentinel, out, now)
	if err != nil {
		t.Fatal(err)
	}
	checkThisMachine(t, r)
}

// TestSnippetText holds what the csh and fish that may read it demand.
func TestSnippetText(t *testing.T) {
	command := procfs.SnippetCPU(procfs.NewSentinel()) // the longer of both
	if len(command) >= 1024 {
		t.Errorf("%d bytes: csh takes words under 1,024", len(command))
	}
	if n := strings.Count(command, "'"); n != 2 {
		t.Errorf("%d single quotes, want the outer two", n)
	}
	if i := strings.IndexAny(command, "!\\\n\r\t"); i >= 0 {
		t.Errorf("%q stands in it", command[i])
	}
}

func TestSentinel(t *testing.T) {
	want := procfs.NewSentinel()
	if got, ok := procfs.Sentinel(procfs.Snippet(want)); !ok || got != want {
		t.Errorf("got %q, %v, want %q", got, ok, want)
	}
	if got, ok := procfs.Sentinel(procfs.SnippetCPU(want)); !ok || got != want || !procfs.AsksCPU(procfs.SnippetCPU(want)) || procfs.AsksCPU(procfs.Snippet(want)) {
		t.Errorf("with CPU times: got %q, %v, want %q", got, ok, want)
	}
	if other := procfs.NewSentinel(); other == want {
		t.Errorf("%q twice", want)
	}
	for _, command := range []string{
		"", "true", procfs.Snippet(""), procfs.Snippet("x'; reboot; '"), procfs.Snippet(want) + ";", " " + procfs.Snippet(want),
	} {
		if s, ok := procfs.Sentinel(command); ok {
			t.Errorf("%q: recognised, with %q", command, s)
		}
	}
}

// visit runs the snippet by a shell at home in dir, as sshd does, and reads its output. Nothing may be left in dir.
func visit(t *testing.T, dir string, shell ...string) fleet.Reading {
	t.Helper()
	sentinel := procfs.NewSentinel()
	cmd := exec.Command(shell[0], append(shell[1:], procfs.SnippetCPU(sentinel))...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=de_DE.UTF-8"}
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r, err := procfs.Parse(sentinel, out, time.Now())
	if err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return r
}

func checkThisMachine(t *testing.T, r fleet.Reading) {
	t.Helper()
	bootID, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if r.OS != "Linux" || r.Kernel != strings.TrimSpace(string(release)) || r.BootID != strings.TrimSpace(string(bootID)) {
		t.Errorf("os %q, kernel %q, boot_id %q", r.OS, r.Kernel, r.BootID)
	}
	if r.CPUs == nil || *r.CPUs < runtime.NumCPU() {
		t.Errorf("cpus %v, of which this process has %d", r.CPUs, runtime.NumCPU())
	}
	if r.UptimeSeconds == nil || *r.UptimeSeconds <= 0 {
		t.Errorf("uptime_seconds %v", r.UptimeSeconds)
	}
	if r.ClockOffsetMS == nil || math.Abs(*r.ClockOffsetMS) > 5000 {
		t.Errorf("clock_offset_ms %v against this very clock", r.ClockOffsetMS)
	}
	if r.ProcsRunning == nil || *r.ProcsRunning < 1 || r.MemEstimated == nil || *r.MemEstimated {
		t.Errorf("procs_running %v, mem_estimated %v", r.ProcsRunning, r.MemEstimated)
	}
	checkSane(t, r)
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/internal/simulate"
	"muster/internal/tier"
)

// F70: the journal's disk is full. The run goes on without it, says so once and fails; what fitted is whole, and the next
// run goes on from there.
func TestF70FullJournal(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=16k,mode=700"); err != nil {
		tier.Lacks(t, "mounting a tmpfs: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(small, 0) })
	sim := simulateFleet(t, simulate.Config{Hosts: 100})
	path := filepath.Join(small, "journal")
	got := run(t, sim.collect(t, "-l", "root", "--journal", path, "-o", "json"))
	d := got.parse(t, sim.labels)
	if d.ExitCode != 1 || d.Summary.ByStatus["ok"] != 100 || strings.Count(got.stderr, "no space left on device") != 1 {
		t.Errorf("exit code %d, %v, stderr:\n%s", d.ExitCode, d.Summary.ByStatus, got.stderr)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(text), "\n") {
		t.Errorf("a journal of %d bytes, not ended: %v", len(text), err)
	}
	fitted := len(entered(t, path, sim.hosts))
	elsewhere := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(elsewhere, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if d = run(t, sim.collect(t, "-l", "root", "--journal", elsewhere, "--resume", "-o", "json")).parse(t, sim.labels); d.ExitCode != 0 ||
		d.Run.DoneBefore != fitted || fitted < 10 {
		t.Errorf("%d hosts fitted, then %+v, exit code %d", fitted, d.Run, d.ExitCode)
	}
}

package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// built is muster as people build it.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "muster")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

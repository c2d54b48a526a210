package orchestrator

import (
	"testing"

	"muster/internal/launch"
)

// Far away, only a worker's own codes are held against hosts: a failure, and a crash of a Go program.
func TestFarOutside(t *testing.T) {
	for code, want := range map[int]bool{-1: true, 0: true, 1: false, 2: false, 137: true, 222: true, 255: true} {
		if got := farOutside(launch.Exit{Code: code}); got != want {
			t.Errorf("code %d: %v", code, got)
		}
	}
}

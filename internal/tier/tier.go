// Package tier says how much a test does where it runs. On any machine with Go, tests are quick, and what they lack is
// skipped; in CI (MUSTER_REQUIRE_REAL=1) they do more, and nothing may be missing; by hand (MUSTER_LONG=1, with the other)
// they do all that was promised.
package tier

import (
	"os"
	"os/exec"
	"testing"
)

// CI reports whether nothing may be missing.
func CI() bool { return os.Getenv("MUSTER_REQUIRE_REAL") != "" }

// Times is how often a test is to do something: on any machine, in CI, and by hand. The race detector sees in a few times what
// it would see in many: CI leaves it at those.
func Times(anywhere, ci, long int) int {
	switch {
	case os.Getenv("MUSTER_LONG") != "":
		return long
	case CI() && !Race:
		return ci
	}
	return anywhere
}

// Lacks ends a test for want of something that the machine has not: it is skipped, or fails where nothing may be missing.
func Lacks(t testing.TB, what string) {
	t.Helper()
	if CI() {
		t.Fatalf("%s, and MUSTER_REQUIRE_REAL is set", what)
	}
	t.Skip(what)
}

// Needs returns the path of a program, and ends a test that lacks it.
func Needs(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Lacks(t, err.Error())
	}
	return path
}

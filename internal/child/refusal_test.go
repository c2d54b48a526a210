package child

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := make([]string, 64)
	for i := range long {
		long[i] = strings.Repeat("x", 120<<10)
	}
	tests := []struct {
		name string
		spec Spec
		want Refusal
		look bool // LookPath tells
	}{
		{"missing", Spec{Path: filepath.Join(dir, "none")}, NotFound, true},
		{"not in PATH", Spec{Path: "muster-no-such-program"}, NotFound, true},
		{"not executable", Spec{Path: file("plain", "#!/bin/sh\n", 0o600)}, NotExecutable, true},
		{"a directory", Spec{Path: dir}, NotExecutable, true},
		{"no first line", Spec{Path: file("bare", "exit 3\n", 0o700)}, NoInterpreter, false},
		{"no such interpreter", Spec{Path: file("lost", "#!/no/such/interpreter\n", 0o700)}, NotFound, false},
		{"too long", Spec{Path: "/bin/sh", Args: long}, TooLong, false},
	}
	for _, tt := range tests {
		_, err := Start(tt.spec)
		if got := WhyRefused(err); err == nil || got != tt.want {
			t.Errorf("%s: %d, want %d: %v", tt.name, got, tt.want, err)
		}
		if _, err := LookPath(tt.spec.Path); (err != nil) != tt.look || tt.look && WhyRefused(err) != tt.want {
			t.Errorf("%s: LookPath: %v", tt.name, err)
		}
	}
	if WhyRefused(nil) != OtherRefusal {
		t.Error("no error is a refusal")
	}
}

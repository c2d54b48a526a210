package durable

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestAppendLine(t *testing.T) {
	tests := []struct{ before, want string }{
		{"", "new\n"},
		{"a\n", "a\nnew\n"},
		{"a\nb", "a\nb\nnew\n"},
		{"\n", "\nnew\n"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "known_hosts")
		if tt.before != "" {
			os.WriteFile(path, []byte(tt.before), 0o644)
		}
		if err := AppendLine(t.Context(), path, 0, []byte("new")); err != nil {
			t.Error(err)
		}
		holds(t, path, tt.want)
		if want := os.FileMode(0o600); tt.before == "" && mode(t, path) != want {
			t.Errorf("mode %o, want %o", mode(t, path), want)
		}
	}
}

func TestAppendLineRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, line := range []string{"two\nlines", "ended\n", "a\rb"} {
		if err := AppendLine(t.Context(), path, 0, []byte(line)); err == nil {
			t.Errorf("AppendLine(%q): no error", line)
		}
	}
	if err := AppendLine(t.Context(), filepath.Join(path, "none"), 0, []byte("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a directory: %v", err)
	}
}

func TestAppendLineFollowsALink(t *testing.T) {
	target := filepath.Join(t.TempDir(), "target")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := AppendLine(t.Context(), link, 0, []byte("x")); err != nil {
		t.Fatal(err)
	}
	holds(t, target, "x\n")
}

// Those who append at the same time to a file whose last line is not ended neither mix lines nor end it twice.
func TestAppendLineTakesTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, []byte("first"), 0o600)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 25 {
				line := bytes.Repeat([]byte{byte('a' + i)}, 100+j)
				if err := AppendLine(t.Context(), path, 0, line); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSuffix(string(got), "\n"), "\n")
	if len(lines) != 201 || lines[0] != "first" {
		t.Fatalf("%d lines, the first %q", len(lines), lines[0])
	}
	for _, line := range lines[1:] {
		if strings.Trim(line, line[:1]) != "" || len(line) < 100 {
			t.Errorf("mixed: %q", line)
		}
	}
}

// Whichever operation fails, the error says so, the file holds the old lines or the new ones, and takes the next line.
func TestAppendLineFaults(t *testing.T) {
	tests := []struct{ before, after, operations string }{
		{"", "new\n", "open lock stat write close"},
		{"a\n", "a\nnew\n", "open lock stat read write close"},
		{"a\nb", "a\nb\nnew\n", "open lock stat read write close"},
	}
	for _, tt := range tests {
		operations := strings.Fields(tt.operations)
		for at := range len(operations) + 1 { // 0: none fails
			path := filepath.Join(t.TempDir(), "file")
			if tt.before != "" {
				os.WriteFile(path, []byte(tt.before), 0o600)
			}
			d := &faulty{at: at}
			err := appendLine(t.Context(), d, path, 0, []byte("new"))
			if at == 0 && !slices.Equal(d.log, operations) {
				t.Fatalf("operations %v", d.log)
			}
			if (at > 0) != errors.Is(err, errFault) {
				t.Errorf("operation %d: %v", at, err)
			}
			want := tt.before
			if at == 0 || operations[at-1] == "close" {
				want = tt.after
			}
			if got, _ := os.ReadFile(path); string(got) != want {
				t.Errorf("operation %d: %v, and the file holds %q", at, err, got)
			}
			if err := AppendLine(t.Context(), path, 0, []byte("next")); err != nil {
				t.Error(err)
			}
			if got, _ := os.ReadFile(path); !strings.HasSuffix("\n"+string(got), "\nnext\n") {
				t.Errorf("operation %d: then the file holds %q", at, got)
			}
		}
	}
}

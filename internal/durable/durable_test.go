package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// holds fails the test unless path has the content, and nothing else is in its directory.
func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); string(got) != want || err != nil {
		t.Errorf("%s holds %.60q, want %.60q; %v", path, got, want, err)
	}
	alone(t, path)
}

func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	if err := WriteFile(path, 0o640, text("one")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "one")
	if got := mode(t, path); got&^0o640 != 0 || got&0o600 != 0o600 {
		t.Errorf("mode %o", got)
	}

	os.Chmod(path, 0o606)
	if err := WriteFile(path, 0o640, text("two")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "two")
	if got := mode(t, path); got != 0o606 {
		t.Errorf("mode %o, was 606", got)
	}

	oops := errors.New("oops")
	err := WriteFile(path, 0o640, func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("three", 10_000))
		return oops
	})
	if !errors.Is(err, oops) {
		t.Errorf("error %v", err)
	}
	holds(t, path, "two")

	func() {
		defer func() { recover() }()
		WriteFile(path, 0o640, func(io.Writer) error { panic("oops") })
	}()
	holds(t, path, "two")
}

func TestWriteFileFollowsALink(t *testing.T) {
	target := filepath.Join(t.TempDir(), "target")
	link := filepath.Join(t.TempDir(), "link")
	os.WriteFile(target, []byte("old"), 0o600)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, 0o600, text("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, target, "new")
	if got, err := os.Readlink(link); got != target {
		t.Errorf("link %q, %v", got, err)
	}
}

func TestWriteFileInPlace(t *testing.T) {
	if err := WriteFile("/dev/null", 0o600, text("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Errorf("/dev/null is now %v, %v", info, err)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		if err := WriteFile("/dev/full", 0o600, text("x")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("/dev/full: %v", err)
		}
	}

	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		if got, err := os.ReadFile(fifo); string(got) != "through" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
	if err := WriteFile(fifo, 0o600, text("through")); err != nil {
		t.Error(err)
	}
	all.Wait()
	alone(t, fifo)

	path := filepath.Join(t.TempDir(), "redirected")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.WriteString(f, "before ")
	if err := WriteFile(fmt.Sprintf("/dev/fd/%d", f.Fd()), 0o600, text("within ")); err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "after")
	holds(t, path, "before within after")
}

func TestWriteFileRefused(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none", "report"), ""} {
		if err := WriteFile(path, 0o600, text("x")); err == nil {
			t.Errorf("WriteFile(%q): no error", path)
		}
	}
	alone(t, filepath.Join(dir, "-"))
}

// Whichever operation fails, the error says so, the file holds the old content until the rename and the new one from
// then on, and nothing is left beside it.
func TestWriteFileFaults(t *testing.T) {
	tests := []struct{ before, operations string }{
		{"", "stat open write write write sync close rename open sync close"},
		{strings.Repeat("a", 12_000), "stat resolve open chmod write write write sync close rename open sync close"},
	}
	for _, tt := range tests {
		after := strings.Repeat("b", 12_000)
		operations := strings.Fields(tt.operations)
		for at := range len(operations) + 1 { // 0: none fails
			path := filepath.Join(t.TempDir(), "report")
			if tt.before != "" {
				os.WriteFile(path, []byte(tt.before), 0o600)
			}
			d := &faulty{at: at}
			err := writeFile(d, path, 0o600, func(w io.Writer) error {
				for piece := range slices.Chunk([]byte(after), 1000) {
					if _, err := w.Write(piece); err != nil {
						return err
					}
				}
				return nil
			})
			if at == 0 && !slices.Equal(d.log, operations) {
				t.Fatalf("operations %v", d.log)
			}
			last := len(operations) // closing the directory, on which nothing depends
			if failed := at > 0 && at < last; failed != errors.Is(err, errFault) {
				t.Errorf("operation %d: %v", at, err)
			}
			want := after
			if at > 0 && at <= slices.Index(operations, "rename")+1 {
				want = tt.before
			}
			if got, _ := os.ReadFile(path); string(got) != want {
				t.Errorf("operation %d: %v, and the file holds %d bytes", at, err, len(got))
			}
			alone(t, path)
		}
	}
}

package durable

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpenRegular(t *testing.T) {
	dir := t.TempDir()
	path, fifo, link := filepath.Join(dir, "file"), filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	for _, err := range []error{os.WriteFile(path, []byte("text"), 0o600), syscall.Mkfifo(fifo, 0o600), os.Symlink(path, link)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{path, link} {
		f, err := OpenRegular(path)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(f); string(text) != "text" || err != nil {
			t.Errorf("%s: %q, %v", path, text, err)
		}
		f.Close()
	}
	for path, want := range map[string]string{
		fifo: "not a regular file", dir: "not a regular file", "/dev/zero": "not a regular file", path + "x": "no such file",
	} {
		if f, err := OpenRegular(path); f != nil || err == nil || !strings.Contains(err.Error(), path+": "+want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestOpenOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		mode    os.FileMode
		refused bool
	}{{0o600, false}, {0o644, false}, {0o620, true}, {0o602, true}, {0o666, true}} {
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		f, err := OpenOwn(path)
		if refusal, refused := errors.AsType[*OthersMayWriteError](err); refused != tt.refused || refused && refusal.Hint() != "chmod go-w "+path {
			t.Errorf("%04o: %v", tt.mode, err)
		}
		f.Close()
	}
	if _, err := OpenOwn(path + "-not"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

package scratch

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// made makes files in a directory of the test's own.
func made(t *testing.T, files int, size int64) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	if err := Make(t.Context(), dir, files, size); err != nil {
		t.Fatal(err)
	}
	paths, err := Files(dir)
	if err != nil || len(paths) != files {
		t.Fatalf("%q, %v", paths, err)
	}
	return dir, paths
}

// Every block is read as it was written, no two are the same, and none can be compressed.
func TestMakeAndRead(t *testing.T) {
	const size = 70 * Block // more than one batch
	_, paths := made(t, 3, size)
	seen := map[string]bool{}
	var packed bytes.Buffer
	packer, _ := flate.NewWriter(&packed, flate.BestSpeed)
	block := make([]byte, Block)
	for _, path := range paths {
		file, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if file.Blocks() != 70 {
			t.Errorf("%s: %d blocks", path, file.Blocks())
		}
		for n := range file.Blocks() {
			if err := file.Read(n, block); err != nil {
				t.Error(err)
			}
			seen[string(block)] = true
			packer.Write(block)
		}
		if err := file.Read(file.Blocks(), block); err == nil {
			t.Error("read beyond the end")
		}
	}
	packer.Close()
	if len(seen) != 3*70 {
		t.Errorf("%d blocks differ of %d", len(seen), 3*70)
	}
	if packed.Len() < 3*size*99/100 {
		t.Errorf("%d bytes compressed to %d", 3*size, packed.Len())
	}
}

// What was not written by Make is an error: one bit is enough, or a block in another's place.
func TestReadDamaged(t *testing.T) {
	_, paths := made(t, 1, 2*Block)
	whole, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"a bit":     func(b []byte) []byte { b[Block+5000] ^= 1; return b },
		"zeros":     func(b []byte) []byte { clear(b[Block:]); return b },
		"exchanged": func(b []byte) []byte { copy(b[Block:], b[:Block]); return b },
		"cut off":   func(b []byte) []byte { return b[:2*Block-1] },
	} {
		if err := os.WriteFile(paths[0], damage(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := Open(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		block := make([]byte, Block)
		if err := file.Read(0, block); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := file.Read(1, block); err == nil {
			t.Errorf("%s: nobody notices", name)
		}
	}
	os.Truncate(paths[0], 10)
	if _, err := Open(paths[0]); !errors.Is(err, errDamaged) {
		t.Errorf("10 bytes: %v", err)
	}
}

func TestMakeRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		dir   string
		files int
		size  int64
	}{
		{dir, 0, Block},
		{dir, 1, 0},
		{dir, 1, Block + 1},
		{dir, maxFiles + 1, Block},
		{dir, maxFiles, 1 << 50}, // more than any disk has free
		{filepath.Join(dir, "none"), 1, Block},
	} {
		if err := Make(t.Context(), tt.dir, tt.files, tt.size); err == nil {
			t.Errorf("%+v: no error", tt)
		}
	}
	empty(t, dir)
	if _, err := Files(dir); err == nil {
		t.Error("no files are no error")
	}
}

// empty fails the test where dir is not empty.
func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// endsAt is a context that is cancelled once it was asked so often.
type endsAt struct {
	context.Context
	asked int
}

func (c *endsAt) Err() error {
	if c.asked--; c.asked < 0 {
		return context.Canceled
	}
	return nil
}

func TestMakeLeavesNothing(t *testing.T) {
	for asked := range 4 { // before the first file, in it, and in the second
		dir := t.TempDir()
		err := Make(&endsAt{t.Context(), asked}, dir, 2, 2*batch*Block)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d: %v", asked, err)
		}
		empty(t, dir)
	}
	dir := t.TempDir()
	const mine = "mine"
	if err := os.WriteFile(name(dir, 1), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Make(t.Context(), dir, 3, Block); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file is there: %v", err)
	}
	if left, err := os.ReadFile(name(dir, 1)); err != nil || string(left) != mine {
		t.Errorf("it has become %q, %v", left, err)
	}
	os.Remove(name(dir, 1))
	empty(t, dir)
}

// Whatever the file system, a share is what comes back, and the files stand.
func TestDrop(t *testing.T) {
	dir, paths := made(t, 2, 16*Block)
	resident, _, err := Drop(dir)
	if err != nil || resident < 0 || resident > 1 {
		t.Errorf("%v resident, %v", resident, err)
	}
	file, err := Open(paths[1])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Read(15, make([]byte, Block)); err != nil {
		t.Error(err)
	}
	if _, _, err := Drop(t.TempDir()); err == nil {
		t.Error("nothing to drop is no error")
	}
	if _, _, err := Drop(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such directory: %v", err)
	}
}

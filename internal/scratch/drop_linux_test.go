package scratch

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// fileSystem is the kind of the file system of dir, as statfs(2) has it.
func fileSystem(t *testing.T, dir string) int64 {
	t.Helper()
	var there unix.Statfs_t
	if err := unix.Statfs(dir, &there); err != nil {
		t.Fatal(err)
	}
	return int64(there.Type)
}

// Files that were read are in memory, and after Drop they are not, on the file systems that are known to obey.
func TestDropForgets(t *testing.T) {
	dir, paths := made(t, 2, 64*Block)
	if kind := fileSystem(t, dir); kind != unix.EXT4_SUPER_MAGIC && kind != unix.XFS_SUPER_MAGIC {
		t.Logf("file system %#x: not known to obey", kind)
		return
	}
	for _, path := range paths {
		if _, err := os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if resident, err := measure(paths); err != nil || resident < 0.9 {
		t.Errorf("once read: %v resident, %v", resident, err)
	}
	if resident, known, err := Drop(dir); err != nil || !known || resident > 0.1 {
		t.Errorf("once dropped: %v resident, %v", resident, err)
	}
	if resident, err := measure(paths); err != nil || resident > 0.1 {
		t.Errorf("the look itself brought it back: %v resident, %v", resident, err)
	}
}

// A file system in memory has nothing to forget.
func TestDropOnTmpfs(t *testing.T) {
	const shm = "/dev/shm"
	if _, err := os.Stat(shm); err != nil || fileSystem(t, shm) != unix.TMPFS_MAGIC {
		t.Log("no tmpfs")
		return
	}
	dir, err := os.MkdirTemp(shm, "scratch-test-")
	if err != nil {
		t.Log(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := Make(t.Context(), dir, 1, 16*Block); err != nil {
		t.Fatal(err)
	}
	if resident, known, err := Drop(dir); err != nil || !known || resident != 1 {
		t.Errorf("%v resident, %v", resident, err)
	}
}

package durable

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// logged appends records to the log at path and returns how many of them it was told are kept.
func logged(d disk, path string, records []string) (kept int, err error) {
	l, err := openLog(d, path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Lock(); err != nil {
		return 0, err
	}
	if err := l.Read(func(int64, []byte) error { return nil }); err != nil {
		return 0, err
	}
	for _, record := range records {
		if l.Append([]byte(record)) == nil {
			kept++
		}
	}
	return kept, l.Sync()
}

// records are what is read of the log at path, without their checksums.
func records(t testing.TB, path string) (found []string, tail int64) {
	t.Helper()
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = l.Read(func(at int64, record []byte) error {
		if again, err := l.At(at, len(record)); err != nil || !bytes.Equal(again, record) {
			t.Errorf("At(%d): %q, %v, not %q", at, again, err, record)
		}
		found = append(found, string(record[:len(record)-len(ending(0))])+"}")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, tail = l.Tail()
	return found, tail
}

func numbered(from, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(`{"n":%d}`, from+i))
	}
	return list
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for from := range 3 {
		if kept, err := logged(osDisk{}, path, numbered(2*from, 2)); kept != 2 || err != nil {
			t.Fatal(kept, err)
		}
	}
	if found, tail := records(t, path); !slices.Equal(found, numbered(0, 6)) || tail != 0 {
		t.Errorf("%v, tail %d", found, tail)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	text, _ := os.ReadFile(path)
	if first, _, _ := bytes.Cut(text, []byte("\n")); !strings.HasPrefix(string(first), `{"n":0,"sum":"`) {
		t.Errorf("%s", first)
	}
}

// F71: whichever operation fails, what was said to be kept is kept, and there is nothing that was not appended, in its
// order. So it is once the disk is well again.
func TestF71LogOperationFails(t *testing.T) {
	for at := 1; ; at++ {
		path := filepath.Join(t.TempDir(), "log")
		if _, err := logged(osDisk{}, path, numbered(0, 2)); err != nil {
			t.Fatal(err)
		}
		torn, _ := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		torn.WriteString(`{"n":`)
		torn.Close()
		disk := &faulty{at: at}
		kept, err := logged(disk, path, numbered(2, 3))
		found, _ := records(t, path)
		if whole := numbered(0, 5); len(found) < 2+kept || len(found) > 5 || !slices.Equal(found, whole[:len(found)]) {
			t.Errorf("operation %d, %s: %d kept, found %v", at, disk.log[min(at, len(disk.log))-1], kept, found)
		}
		if again, err := logged(osDisk{}, path, numbered(9, 1)); again != 1 || err != nil {
			t.Errorf("operation %d: %v afterwards", at, err)
		}
		if after, tail := records(t, path); !slices.Equal(after, append(found, `{"n":9}`)) || tail != 0 {
			t.Errorf("operation %d: %v, and then %v, tail %d", at, found, after, tail)
		}
		if at > len(disk.log) {
			if err != nil || kept != 3 {
				t.Error(kept, err)
			}
			return
		}
		if err == nil {
			t.Errorf("operation %d, %s: failed without a word", at, disk.log[at-1])
		}
	}
}

// F71: the same of a log that is not there yet.
func TestF71NewLogOperationFails(t *testing.T) {
	for at := 1; ; at++ {
		path := filepath.Join(t.TempDir(), "log")
		disk := &faulty{at: at}
		kept, err := logged(disk, path, numbered(0, 2))
		found, _ := records(t, path)
		if len(found) < kept || !slices.Equal(found, numbered(0, 2)[:len(found)]) {
			t.Errorf("operation %d, %s: %d kept, found %v", at, disk.log[min(at, len(disk.log))-1], kept, found)
		}
		if at > len(disk.log) {
			return
		}
		if last := at == len(disk.log); err == nil && (last || disk.log[at-1] != "close") { // but for closing the directory
			t.Errorf("operation %d, %s: failed without a word", at, disk.log[at-1])
		}
	}
}

// F72: of a log that was cut off anywhere, or has any one bit flipped, the records up to there are read, and no other.
func TestF72DamagedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if _, err := logged(osDisk{}, path, numbered(0, 4)); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	lines := bytes.Count(whole, []byte("\n"))
	damaged := func(how string, at int, text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		before := bytes.Count(whole[:at], []byte("\n"))
		found, tail := records(t, path)
		if !slices.Equal(found, numbered(0, lines)[:before]) {
			t.Errorf("%s at %d: %v", how, at, found)
		}
		if good := bytes.LastIndexByte(whole[:at], '\n') + 1; tail != int64(len(text)-good) {
			t.Errorf("%s at %d: a tail of %d bytes, of %d after %d", how, at, tail, len(text), good)
		}
	}
	for at := range whole {
		damaged("cut", at, whole[:at])
		for bit := range 8 {
			flipped := bytes.Clone(whole)
			flipped[at] ^= 1 << bit
			damaged("flipped", at, flipped)
		}
	}
	line := bytes.IndexByte(whole, '\n') + 1
	damaged("repeated", line, slices.Concat(whole[:line], whole))
	damaged("tail repeated", len(whole)-1, slices.Concat(whole[:len(whole)-1], whole[line:]))
	damaged("half of the last repeated", len(whole), slices.Concat(whole, whole[len(whole)-len(ending(0))-1:]))
	damaged("left out", line, slices.Concat(whole[:line], whole[2*line:]))
	damaged("zeros", len(whole)-1, slices.Concat(whole[:len(whole)-1], make([]byte, 4096)))
}

// F72: what stands behind a damaged record is cut off by the next one, and kept beside; half a line is not.
func TestF72DamageIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if _, err := logged(osDisk{}, path, numbered(0, 4)); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	line := bytes.IndexByte(whole, '\n') + 1
	for _, cut := range []int{len(whole) - 3, line} { // half of the last; the second of four
		damaged := bytes.Clone(whole)
		damaged[cut] ^= 1
		if cut > line {
			damaged = whole[:cut]
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := logged(osDisk{}, path, numbered(9, 1)); err != nil {
			t.Fatal(err)
		}
		kept, err := filepath.Glob(path + ".damaged-*")
		switch {
		case cut > line && len(kept) > 0 || err != nil:
			t.Errorf("half a line is kept: %v, %v", kept, err)
		case cut == line:
			text, err := os.ReadFile(fmt.Sprintf("%s.damaged-%d", path, line))
			if err != nil || !bytes.Equal(text, damaged[line:]) {
				t.Errorf("kept %q, %v", text, err)
			}
		}
	}
}

// F74: a log is not opened where somebody else could put another file in its place.
func TestF74GuardedLog(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file("target", 0o600), link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		link:                                           "a symbolic link",
		folder("folder", 0o700):                        "is a directory",
		file("written by all", 0o666):                  "everybody can write to it",
		folder("open", 0o777) + "/new":                 "everybody can write to its directory",
		filepath.Join(dir, "missing", "log"):           "no such file",
		"/dev/null":                                    "not a regular file",
		file("read by all", 0o644):                     "",
		folder("sticky", 0o777|os.ModeSticky) + "/new": "",
	} {
		l, err := OpenLog(path)
		if err == nil {
			l.Close()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// F73: one process at a time has a log.
func TestF73LogInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Append([]byte(`{"n":0}`)); err != nil {
		t.Fatal(err)
	}
	second, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); !errors.Is(err, ErrInUse) {
		t.Errorf("locked by another: %v", err)
	}
	first.Close()
	if err := second.Lock(); err != nil {
		t.Errorf("given free: %v", err)
	}
	second.Close()
}

// A longer record than what is read at a time is a record.
func TestLongRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	want := []string{`{"a":"` + strings.Repeat("x", 300_000) + `"}`, `{"n":1}`}
	if _, err := logged(osDisk{}, path, want); err != nil {
		t.Fatal(err)
	}
	if found, tail := records(t, path); !slices.Equal(found, want) || tail != 0 {
		t.Errorf("%d records, tail %d", len(found), tail)
	}
}

package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// text is a fleet.Text that is in memory; one that is broken cannot be read.
type text string

const broken = text("broken")

var errBroken = errors.New("broken")

func (s text) Len() int64 { return int64(len(s)) }

func (s text) Bytes() ([]byte, error) {
	if s == broken {
		return nil, errBroken
	}
	return []byte(s), nil
}

func TestFileName(t *testing.T) {
	long := strings.Repeat("n", longestName)
	for name, want := range map[string]string{
		"web1.example.com": "web1.example.com", "chunk-0": "chunk-0", "root@[::1]:22": "root@%5B::1%5D:22", "a,b+c_D": "a,b+c_D",
		"": "", ".": "%2E", "..": "%2E.", ".profile": "%2Eprofile", "../../etc": "%2E.%2F..%2Fetc", "a/b": "a%2Fb", "a%2Fb": "a%252Fb",
		"a b\n\x00": "a%20b%0A%00", "größe": "gr%C3%B6%C3%9Fe", "a~stderr": "a%7Estderr", long: long,
	} {
		if got := fileName(name, ""); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Every name is that of one file of the directory itself, and different names, as the two streams of one name, are
// different files.
func TestFileNames(t *testing.T) {
	name := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[./~%a]{0,4}`), rapid.StringMatching(`[a~/]{180,260}`),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	).Filter(func(s string) bool { return s != "" })
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		files := map[string]string{}
		for _, of := range []struct{ name, suffix string }{{a, ""}, {a, "~stderr"}, {b, ""}, {b, "~stderr"}} {
			file := fileName(of.name, of.suffix)
			if len(file) > longestName || strings.ContainsAny(file, "/\x00") || file == "." || file == ".." || file == "" {
				t.Fatalf("%q: %q", of.name, file)
			}
			if other, taken := files[file]; taken && other != of.name+"\x00"+of.suffix {
				t.Fatalf("%q for both %q and %q", file, other, of.name)
			}
			files[file] = of.name + "\x00" + of.suffix
		}
	})
}

// A name that spells the digest of another is another file all the same.
func TestFileNameOfADigest(t *testing.T) {
	for i := range 10_000 {
		long := fmt.Sprintf("%0300d", i)
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(long)))
		if !strings.HasPrefix(digest, "20") { // which would be a blank, were it an escape
			continue
		}
		kept, _, _ := strings.Cut(fileName(long, ""), digest)
		for _, spelt := range []string{kept + digest, kept[:len(kept)-1] + " " + digest[2:]} {
			if fileName(spelt, "") == fileName(long, "") {
				t.Errorf("%s for both %q and %q", fileName(long, ""), long, spelt)
			}
		}
		return
	}
	t.Fatal("no digest to spell")
}

func TestOutputDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	for _, stderr := range []text{"why\n", ""} { // the second time into the same
		d, err := openOutputDir(path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.close()
		if err := errors.Join(d.write("n1", text("out\n"), stderr), d.write("n/2", text(""), nil), d.write("n3", nil, nil)); err != nil {
			t.Error(err)
		}
		if err := d.write("n4", broken, text("why\n")); !errors.Is(err, errBroken) || err.Error() != "output directory: broken" {
			t.Error(err)
		}
	}
	files, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(path, file.Name()))
		if err != nil {
			t.Error(err)
		}
		got = append(got, fmt.Sprintf("%s=%q", file.Name(), text))
	}
	if want := `n%2F2="" n1="out\n" n1~stderr="why\n" n4~stderr="why\n"`; strings.Join(got, " ") != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A link that leads out of the directory is not followed; what it leads to stays as it is.
func TestOutputDirHasNoWayOut(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(outside, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := openOutputDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for name, to := range map[string]string{"n1": outside, "n2": filepath.Dir(outside) + "/new", "n3~stderr": "../x", "n4": "n5"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"n1", "n2", "n3"} {
		if err := d.write(name, text("x"), text("y")); err == nil || !strings.HasPrefix(err.Error(), "output directory: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.write("n4", text("x"), nil); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(outside); string(got) != "before" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(outside)); len(left) != 1 {
		t.Errorf("outside: %v", left)
	}
}

func TestOutputDirIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := openOutputDir(file); err == nil || d != nil {
		t.Errorf("%v, %v", d, err)
	}
}

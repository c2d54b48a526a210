package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
)

// Items are what was given, byte for byte and as often as it was given.
func TestLoadItems(t *testing.T) {
	longest := strings.Repeat("x", maxItem)
	file := func(text string) Source { return Source{Files: []string{write(t, text)}} }
	tests := []struct {
		why  string
		src  Source
		want []string
	}{
		{"lines", file("a\nb\n"), []string{"a", "b"}},
		{"no final newline", file("a\nb"), []string{"a", "b"}},
		{"CR", file("a\r\nb\r"), []string{"a\r", "b\r"}},
		{"blanks, tabs, comments", file("  a \n\tb # c\n"), []string{"  a ", "\tb # c"}},
		{"an empty line is an item", file("\na\n\n"), []string{"", "a", ""}},
		{"again and again", file("a\na\nb\na\n"), []string{"a", "a", "b", "a"}},
		{"NUL, not UTF-8, a byte order mark", file("\ufeffa\x00\xff\n"), []string{"\ufeffa\x00\xff"}},
		{"what would be an expression", file("n[1-3],m\n"), []string{"n[1-3],m"}},
		{"the longest", file(longest + "\n" + longest), []string{longest, longest}},
		{"arguments before files", Source{Args: []string{"z", "", " "}, Files: []string{"-"}, Stdin: strings.NewReader("a")}, []string{"z", "", " ", "a"}},
		{"the longest argument", Source{Args: []string{longest}}, []string{longest}},
		{"a file of its own for each", Source{Files: []string{write(t, "a"), write(t, "b")}}, []string{"a", "b"}},
		{"read a byte at a time", Source{Files: []string{"-"}, Stdin: iotest.OneByteReader(strings.NewReader("a\r\n\nb"))}, []string{"a\r", "", "b"}},
		{"up to the limit", Source{Args: []string{"a", "a"}, Max: 2}, []string{"a", "a"}},
		{"nothing, allowed", Source{AllowEmpty: true}, nil},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			list, err := LoadItems(test.src)
			if err != nil || list.Notes != nil {
				t.Fatal(list.Notes, err)
			}
			var want []fleet.Host
			for _, item := range test.want {
				want = append(want, fleet.Host{Label: item})
			}
			if diff := cmp.Diff(want, list.Hosts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestItemErrors(t *testing.T) {
	dir := t.TempDir()
	over := strings.Repeat("x", maxItem+1)
	stdin := func(text string) Source { return Source{Files: []string{"-"}, Stdin: strings.NewReader(text)} }
	tests := []struct {
		why  string
		src  Source
		want string
	}{
		{"one byte too many", stdin("a\n" + over + "\nb\n"), "stdin:2: an item of 49153 bytes: at most 49152"},
		{"one byte too many at the end", stdin("a\n" + over), "stdin:2: an item of 49153 bytes: at most 49152"},
		{"more", stdin("a\n" + over + "x\n"), "stdin:2: an item of more than 49152 bytes"},
		{"an endless line", Source{Files: []string{"-"}, Stdin: zeros{}}, "stdin:1: an item of more than 49152 bytes"},
		{"an argument", Source{Args: []string{"a", over}}, "item 2: an item of 49153 bytes: at most 49152"},
		{"a line break in an argument", Source{Args: []string{"a", "b\nc", "d\n"}}, "item 2: a line break within an item\nitem 3: a line break within an item"},
		{"too many", Source{Args: []string{"a"}, Files: []string{"-"}, Stdin: strings.NewReader("b\nc\nd\n"), Max: 2}, "stdin:2: more items than the limit of 2; --max-hosts sets the limit"},
		{"too many arguments, said once", Source{Args: []string{"a", "b", "c"}, Files: []string{write(t, "d")}, Max: 1}, "item 2: more items than the limit of 1; --max-hosts sets the limit"},
		{"an endless file, read no further than the limit", Source{Files: []string{"-"}, Stdin: &lines{text: "a\n"}, Max: 3}, "stdin:4: more items than the limit of 3; --max-hosts sets the limit"},
		{"a missing file", Source{Files: []string{filepath.Join(dir, "none")}}, "open " + dir + "/none: no such file or directory"},
		{"a directory", Source{Files: []string{dir}}, "read " + dir + ": is a directory"},
		{"no standard input", Source{Files: []string{"-"}}, "stdin: file already closed"},
		{"a broken read", Source{Files: []string{"-"}, Stdin: iotest.ErrReader(errors.New("broken"))}, "broken"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			list, err := LoadItems(test.src)
			if err == nil || err.Error() != test.want || errors.Is(err, ErrNoHosts) || list.Hosts != nil {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestNoItems(t *testing.T) {
	for _, files := range [][]string{nil, {os.DevNull}} {
		if _, err := LoadItems(Source{Files: files}); !errors.Is(err, ErrNoHosts) || err.Error() != "no hosts: no items" {
			t.Errorf("%q: %v", files, err)
		}
	}
}

// All items of one file together are bounded too.
func TestTooManyBytesOfItems(t *testing.T) {
	src := Source{Files: []string{"-"}, Stdin: &lines{text: strings.Repeat("x", maxItem-1) + "\n"}}
	if _, err := LoadItems(src); err == nil || err.Error() != "stdin: more than 256 MiB of items" {
		t.Error(err)
	}
}

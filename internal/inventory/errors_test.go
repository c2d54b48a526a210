package inventory

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"muster/internal/hostlist"
)

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	stdin := func(text string) Source { return Source{Files: []string{"-"}, Stdin: strings.NewReader(text)} }
	tests := []struct {
		why  string
		src  Source
		want string
	}{
		{"an argument", Source{Args: []string{"a", "n[3-1]"}}, "n[3-1]: column 3: range is reversed; did you mean n[1-3]?"},
		{"an exclude", Source{Args: []string{"a"}, Exclude: []string{"b,"}}, "exclude: b,: column 2: nothing after ','"},
		{"a line", stdin("a\n  b n[3-1] # c\n"), "stdin:2:7: n[3-1]: range is reversed; did you mean n[1-3]?"},
		{"a line behind a byte order mark", stdin("\ufeffn[3-1]"), "stdin:1:3: n[3-1]: range is reversed; did you mean n[1-3]?"},
		{"not UTF-8", stdin("a\nb\xff\n"), `stdin:2:2: "b\xff": byte 0xff is not UTF-8`},
		{"NUL", stdin("a\x00b\n"), `stdin:1:2: "a\x00b": control character U+0000 is not allowed in a host name`},
		{"a form feed is no blank", stdin("a\fb\n"), `stdin:1:2: "a\fb": control character U+000C is not allowed in a host name`},
		{"all are told", Source{Args: []string{"-x", "a", "h:0"}, Files: []string{"-"}, Stdin: strings.NewReader("b\n$c\nd;\n")}, `
-x: column 1: a host name does not begin with '-'
h:0: column 3: a port is a number from 1 to 65535
stdin:2:1: $c: '$' is not allowed in a host name
stdin:3:2: d;: ';' is not allowed in a host name`},
		{"ten are shown", stdin(strings.Repeat("$\n", 25)), `
stdin:1:1: $: '$' is not allowed in a host name
stdin:2:1: $: '$' is not allowed in a host name
stdin:3:1: $: '$' is not allowed in a host name
stdin:4:1: $: '$' is not allowed in a host name
stdin:5:1: $: '$' is not allowed in a host name
stdin:6:1: $: '$' is not allowed in a host name
stdin:7:1: $: '$' is not allowed in a host name
stdin:8:1: $: '$' is not allowed in a host name
stdin:9:1: $: '$' is not allowed in a host name
stdin:10:1: $: '$' is not allowed in a host name
and 15 more`},
		{"an error and no hosts is the error", stdin("$"), "stdin:1:1: $: '$' is not allowed in a host name"},
		{"F84 a missing file", Source{Files: []string{filepath.Join(dir, "none")}}, "open " + dir + "/none: no such file or directory"},
		{"F84 a directory", Source{Files: []string{dir}}, "read " + dir + ": is a directory"},
		{"no standard input", Source{Files: []string{"-"}}, "stdin: file already closed"},
		{"a broken read", Source{Files: []string{"-"}, Stdin: iotest.ErrReader(errors.New("broken"))}, "broken"},

		{"F85 an expression over the limit", Source{Args: []string{"n[0-999999999]"}}, "n[0-999999999]: column 1: 1000000000 hosts are more than the limit of 1000000; --max-hosts sets the limit"},
		{"sources together over the limit, said once", Source{Args: []string{"n[1-3]", "m", "l"}, Files: []string{"-"}, Stdin: strings.NewReader("k\n"), Max: 3}, "more hosts than the limit of 3; --max-hosts sets the limit"},
		{"this machine counts", Source{Local: true, Args: []string{"a"}, Max: 1}, "more hosts than the limit of 1; --max-hosts sets the limit"},
		{"a file over the limit", Source{Files: []string{"-"}, Stdin: strings.NewReader("a\nb\nc\n$\n"), Max: 2}, "stdin:3: more hosts than the limit of 2; --max-hosts sets the limit"},
		{"an endless file, read no further than the limit", Source{Files: []string{"-"}, Stdin: &lines{text: "a\nb\nc\n"}, Max: 2}, "stdin:3: more hosts than the limit of 2; --max-hosts sets the limit"},
		{"F84 an endless line", Source{Files: []string{"-"}, Stdin: zeros{}}, "stdin:1: a line of more than 4 MiB: is this a list of hosts?"},
		{"F84 an endless file", Source{Files: []string{"-"}, Stdin: &lines{text: strings.Repeat("#", 1023) + "\n"}}, "stdin: more than 64 MiB: is this a list of hosts?"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			list, err := Load(test.src)
			if want := strings.TrimPrefix(test.want, "\n"); err == nil || err.Error() != want {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
			if errors.Is(err, ErrNoHosts) || list.Hosts != nil {
				t.Errorf("a wrong list counts as one: %v", list)
			}
		})
	}
}

// A device that never ends is given up soon, as no list (F84).
func TestF84DeviceIsNoHostfile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/zero is asked for on Linux")
	}
	_, err := Load(Source{Files: []string{"/dev/zero"}})
	if want := "/dev/zero:1: a line of more than 4 MiB: is this a list of hosts?"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The error of an argument keeps its type, for hints that depend on it.
func TestErrorChain(t *testing.T) {
	_, err := Load(Source{Args: []string{"a", "b,"}})
	var e *hostlist.Error
	if !errors.As(err, &e) || e.Column != 2 {
		t.Errorf("got %#v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// lines repeats a text for ever.
type lines struct {
	text string
	rest io.Reader
}

func (l *lines) Read(p []byte) (int, error) {
	if l.rest == nil {
		l.rest = strings.NewReader(l.text)
	}
	n, err := l.rest.Read(p)
	if err == io.EOF {
		l.rest, err = nil, nil
	}
	return n, err
}

func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "node%d.example.com\n", i)
	}
	name := filepath.Join(b.TempDir(), "hosts")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, src := range []Source{{Args: []string{"n[0-999999]"}}, {Files: []string{name}}} {
		b.Run(fmt.Sprint(src.Args), func(b *testing.B) {
			for b.Loop() {
				if _, err := Load(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

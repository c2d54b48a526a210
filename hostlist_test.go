package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// prompt is how long it may take to refuse a list: 50 ms, and slack.
const prompt = 50*time.Millisecond + 2*time.Second

// witness is an address that counts who comes.
func witness(t *testing.T) (address string, visits func() int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			conn.Close()
		}
	}()
	return l.Addr().String(), n.Load
}

// refused runs a collect that must end at once, with exit code 2, for a reason, having contacted nobody.
func refused(t *testing.T, reason string, args ...string) {
	t.Helper()
	began := time.Now()
	r := run(t, musterCmd(t, append([]string{"collect"}, args...)...))
	if took := time.Since(began); took > prompt {
		t.Errorf("refused after %v", took)
	}
	if r.code != 2 || r.stdout != "" || !regexp.MustCompile(reason).MatchString(r.stderr) {
		t.Errorf("exit code %d, stderr %q, want %s; stdout %q", r.code, r.stderr, reason, r.stdout)
	}
	for line := range strings.Lines(r.stderr) {
		if !strings.HasPrefix(line, "muster: ") || strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("not a line of ours: %q", line)
		}
	}
}

// A list without hosts, or a file that is no list, is refused before anything is contacted (F84).
func TestF84NoList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct{ name, text, reason string }{
		{"F84 empty", "", "no hosts"},
		{"F84 comments alone", "# none\n\n  # yet", "no hosts"},
		{"F84 byte order mark alone", "\ufeff\r\n", "no hosts"},
		{"F84 too many lines", strings.Repeat("a\n", 10) + "n[1-999999],m[1-2]\n", `:11:13: .* more than the limit of 1000000`},
	} {
		t.Run(tt.name, func(t *testing.T) { refused(t, tt.reason, "-H", hostfile(t, tt.text)) })
	}
	for _, tt := range []struct{ name, file, reason string }{
		{"F84 missing", filepath.Join(dir, "none"), "no such file"},
		{"F84 a directory", dir, "is a directory"},
		{"F84 a device", "/dev/zero", "is this a list of hosts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, visits := witness(t)
			refused(t, tt.reason, address, "-H", tt.file)
			if visits() > 0 {
				t.Error("contacted")
			}
		})
	}
}

func hostfile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A million lines are a list like any other (F84).
func TestF84MillionLines(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "n%d\n", i)
	}
	if r := run(t, musterCmd(t, "hosts", "--count", "-H", hostfile(t, text.String()))); r.code != 0 || r.stdout != "1000000\n" {
		t.Errorf("exit code %d, %q: %s", r.code, r.stdout, r.stderr)
	}
}

// A host that is named several times, in other letters, with a port or without, is done once, and that is said; a byte
// order mark, CR at the ends of lines, and a last line that is not ended change nothing (F84).
func TestF84NamedAgain(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 2})
	name, port, _ := strings.Cut(sim.labels[0], ":")
	list := "\ufeff" + strings.Join([]string{name, name + ":" + port, sim.labels[1], sim.labels[1]}, "\r\n")
	args := append([]string{"collect"}, sim.args...)
	args[2] = hostfile(t, list)
	r := run(t, musterCmd(t, append(args, "-p", port, "-o", "json")...))
	for _, h := range r.parse(t, []string{name, sim.labels[1]}).Hosts {
		if h.Status != fleet.StatusOK {
			t.Errorf("%s: %s: %s", h.Host, h.Status, h.Error)
		}
	}
	if want := "muster: warning: 2 hosts were named again and are done once\n"; r.code != 0 || r.stderr != want {
		t.Errorf("exit code %d, %q, want %q", r.code, r.stderr, want)
	}
	if r := run(t, musterCmd(t, "hosts", "a", "A")); r.stdout != "a\n" || !strings.Contains(r.stderr, "named twice and is done once") {
		t.Errorf("%q, %q", r.stdout, r.stderr)
	}
}

// A name that could be taken for something else is refused with its place in the file, or its column in the arguments,
// before anything is contacted (F85).
func TestF85Names(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		column int
		reason string
	}{
		{"-oProxyCommand=x", 1, "does not begin with '-'"},
		{"u@-oProxyCommand", 3, "does not begin with '-'"},
		{"$(id)", 1, ""},
		{"a;b", 2, ""},
		{"a`b`", 2, ""},
		{"a|b", 2, ""},
		{strings.Repeat("a.", 150) + "a", 1, "longer than 253"},
		{"[::1", 1, "not closed"},
		{"::1:22", 1, "may be a port or part of the address"},
		{"user@@h", 6, ""},
		{"h:0", 3, "a port is a number"},
		{"h:99999", 3, "a port is a number"},
		{"%h", 1, ""},
		{"a\u202eb", 2, `U\+202E`},
		{"a\x1b[2Jb", 2, `U\+001B`},
		{"a\x00b", 2, `U\+0000`},
		{"n[1-9999999999]", 1, "more than the limit of 1000000"},
		{"n[1-99999][1-99999][1-99999][1-99999][1-99999]", 1, "more than the limit of 1000000"},
		{"n[3-1]", 3, "reversed; did you mean n.1-3"},
		{"n[01-2]", 3, "padding is unequal"},
		{"n[1[2]]", 4, "'.' inside '.'"},
	} {
		t.Run(fmt.Sprintf("F85 %q", tt.name[:min(len(tt.name), 20)]), func(t *testing.T) {
			t.Parallel()
			address, visits := witness(t)
			file := hostfile(t, address+"\n"+tt.name+"\n")
			refused(t, fmt.Sprintf(`%s:2:%d: .*%s`, regexp.QuoteMeta(file), tt.column, tt.reason), "-H", file)
			if !strings.Contains(tt.name, "\x00") { // no argument can hold it
				refused(t, fmt.Sprintf(`column %d: .*%s`, tt.column, tt.reason), address, "--", tt.name)
			}
			if visits() > 0 {
				t.Error("contacted")
			}
		})
	}
}

package script

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/wire"
	"muster/worker"
)

// labels are those of hosts 1, 2, …
func labels(all ...string) worker.Labels {
	return worker.Labels{First: 1, Count: len(all), Lines: []byte(strings.Join(append(all, ""), "\n"))}
}

// The hosts stand in place of each {} that is an argument of its own, wherever that is, verbatim.
func TestArgs(t *testing.T) {
	hosts := labels("a", "{}", "-x y\t")
	for _, tt := range []struct{ args, want []string }{
		{[]string{"s"}, nil},
		{[]string{"{}"}, nil}, // the script itself is none
		{[]string{"s", "b"}, []string{"b"}},
		{[]string{"s", "{}"}, []string{"a", "{}", "-x y\t"}},
		{[]string{"s", "-h", "{}", "x{}", "{} ", "", "{}"}, []string{"-h", "a", "{}", "-x y\t", "x{}", "{} ", "", "a", "{}", "-x y\t"}},
	} {
		g := &group{job: wire.Job{Args: tt.args}, hosts: hosts}
		if got := g.args(); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.args, got, tt.want)
		}
	}
	if got := (&group{job: wire.Job{Args: []string{"s", "{}", "b"}}}).args(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("no hosts: %q", got)
	}
}

// A script has the environment of muster and what says which group it is, but nothing that was set for its worker.
func TestEnv(t *testing.T) {
	for _, name := range []string{"GOMAXPROCS", "GOTRACEBACK", "GOMAXPROCS2", "MUSTER_CHUNK"} {
		t.Setenv(name, "ours")
	}
	g := &group{job: wire.Job{Run: "r1", Chunk: 2, Chunks: 5}, hosts: labels("a", "b", "c"), file: "/tmp/f"}
	got := map[string]string{}
	for _, variable := range g.env(4) { // of a name that is there twice the last counts
		name, value, _ := strings.Cut(variable, "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"MUSTER_HOSTS_FILE": "/tmp/f", "MUSTER_CHUNK": "2", "MUSTER_CHUNK_COUNT": "5", "MUSTER_CHUNK_SIZE": "3",
		"MUSTER_RUN_ID": "r1", "MUSTER_ATTEMPT": "4", "PATH": os.Getenv("PATH"), "GOMAXPROCS2": "ours",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"GOMAXPROCS", "GOTRACEBACK"} {
		if value, has := got[name]; has {
			t.Errorf("%s is %q", name, value)
		}
	}
}

// The hosts file has a line for each host, verbatim, is nobody else's to read, and goes when it is removed.
func TestHostsFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	g := &group{
		job:   wire.Job{Worker: 7, HostsFile: "muster-r-*.hosts"},
		hosts: labels("a", "", " b\r\x00\xff", "a"),
	}
	if err := g.write(); err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "muster-r-7.hosts"); g.file != want {
		t.Errorf("%s, want %s", g.file, want)
	}
	text, err := os.ReadFile(g.file)
	if want := "a\n\n b\r\x00\xff\na\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(g.file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	g.remove()
	if _, err := os.Stat(g.file); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// What is in the place of the hosts file already is somebody else's, also where a link leads elsewhere: it stays as it is.
func TestHostsFileIsThere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "h")); err != nil {
		t.Fatal(err)
	}
	g := &group{job: wire.Job{HostsFile: "h"}, hosts: labels("a")}
	if err := g.write(); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	g.remove()
	if _, err := os.Lstat(filepath.Join(dir, "h")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(elsewhere); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
